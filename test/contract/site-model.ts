import type { Gid } from '../../src/objects/gid.ts';
import type { RevisionDraft } from '../../src/objects/revision.ts';
import type { Write } from '../../src/ports/site-store.ts';

interface Entry extends RevisionDraft {
  readonly seq: number;
}

interface Row {
  readonly collection: number;
  readonly seq: number;
  readonly gid: Gid;
  readonly isMember: boolean;
}

/** A site's log in two lists, all reads of which are naive scans: what a store must answer. */
export class SiteModel {
  #entries: readonly Entry[] = [];
  #rows: readonly Row[] = [];
  #head = 0;

  get head(): number {
    return this.#head;
  }

  write(writes: readonly Write[]): void {
    for (const { draft, collections } of writes) {
      const seq = ++this.#head;
      this.#entries = [...this.#entries, { ...draft, seq }];
      this.#rows = [...this.#rows, ...collections.map((one) => ({ ...one, seq, gid: draft.version.gid }))];
    }
  }

  open(collection: number, root: Gid): void {
    const below = this.#below(root);
    this.#rows = [
      ...this.#rows,
      ...below.map(({ seq, version: { gid } }) => ({ collection, seq, gid, isMember: true })),
    ];
  }

  collectGarbage(oldest: number, keep: ReadonlySet<number>): number {
    const isKept = ({ seq, version }: Entry): boolean =>
      seq > oldest ||
      keep.has(seq) ||
      this.at(version.gid, oldest)?.seq === seq ||
      this.#rows.some((row) => row.seq === seq && this.changeAt(row.collection, row.gid, oldest)?.seq === seq);
    const kept = this.#entries.filter(isKept);
    const removed = this.#entries.length - kept.length;
    this.#entries = kept;
    this.#rows = this.#rows.filter(({ seq }) => kept.some((entry) => entry.seq === seq));
    return removed;
  }

  at(gid: Gid, seq: number): Entry | undefined {
    return this.#entries.findLast((entry) => entry.version.gid === gid && entry.seq <= seq);
  }

  current(gid: Gid): Entry | undefined {
    return this.at(gid, this.#head);
  }

  history(gid: Gid): readonly Entry[] {
    return this.#entries.filter((entry) => entry.version.gid === gid).toReversed();
  }

  children(parent: Gid): readonly Entry[] {
    return this.#newest()
      .filter((entry) => entry.state === 'present' && entry.version.parent === parent)
      .toSorted((a, b) => order(a.version.id, b.version.id) || order(a.version.gid, b.version.gid));
  }

  deletedBelow(parent: Gid): readonly Entry[] {
    return this.#newest()
      .filter((entry) => entry.state !== 'present' && entry.version.parent === parent)
      .toSorted((a, b) => b.seq - a.seq);
  }

  changes(collection: number, after: number, upTo: number): readonly Row[] {
    const inRange = this.#rows.filter((row) => row.collection === collection && row.seq > after && row.seq <= upTo);
    return inRange
      .filter((row) => !inRange.some((later) => later.gid === row.gid && later.seq > row.seq))
      .toSorted((a, b) => a.seq - b.seq);
  }

  changeAt(collection: number, gid: Gid, seq: number): Row | undefined {
    return this.changes(collection, 0, seq).find((row) => row.gid === gid);
  }

  originOf(seq: number): Entry['origin'] {
    return this.#entries.find((entry) => entry.seq === seq)?.origin;
  }

  #newest(): readonly Entry[] {
    return this.#entries.filter((entry) => this.current(entry.version.gid)?.seq === entry.seq);
  }

  #below(root: Gid): readonly Entry[] {
    const found: Entry[] = [];
    const visit = (parent: Gid): void => {
      for (const entry of this.children(parent)) {
        if (found.includes(entry)) continue;
        found.push(entry);
        visit(entry.version.gid);
      }
    };
    visit(root);
    return found;
  }
}

function order(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
