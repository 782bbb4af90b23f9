import type { Change, WantedChanges } from '../../ports/object-reader.ts';

/** How many more changes are read than are asked for, when pages are read one after the other. */
const mostAhead = 2_000;
/** How long the documents may be that are kept for the pages to come. */
const unitsAhead = 2_000_000;
const keptWalks = 4;
const keptMs = 60_000;

/** Pages of changes: which ones, and of which state of the site. */
interface Walk {
  readonly range: WantedChanges;
  readonly kind: string;
  readonly epoch: string;
}

/** Changes that were read for a walk: all from `after` up to the last, or to the end when that was reached. */
interface Kept {
  readonly key: string;
  readonly after: number;
  readonly isEnd: boolean;
  readonly changes: readonly Change[];
  readonly at: number;
}

/**
 * What was read ahead of those who read the changes of a range page by page, as a first sync does: a server that walks through a collection for each page takes a time
 * that grows with its square. The newest changes of objects up to a place of the log that is there stay what they are; that is why they can be kept. Whoever reads one page
 * has nothing read ahead.
 */
export class ReadAhead {
  readonly #now: () => number;
  #kept: readonly Kept[] = [];

  constructor(now: () => number) {
    this.#now = now;
  }

  /** The next page, when all of it was read; else how many to read after it. */
  page(walk: Walk, limit: number): { readonly page: readonly Change[] } | { readonly more: number } {
    const at = this.#now();
    this.#kept = this.#kept.filter((kept) => at - kept.at < keptMs);
    const { after } = walk.range;
    const key = keyOf(walk);
    const known = this.#kept.find((kept) => kept.key === key && kept.after <= after && after <= endOf(kept));
    if (known === undefined) return { more: 0 };
    const left = known.changes.filter(({ revision }) => revision.seq > after);
    if (left.length >= limit || known.isEnd) return { page: left.slice(0, limit) };
    this.#kept = this.#kept.filter((kept) => kept !== known);
    return { more: aheadOf(known.changes) };
  }

  /** Keeps what was read, with `more` changes than the page has. Returns the page. */
  keep(
    walk: Walk,
    changes: readonly Change[],
    { limit, more }: { readonly limit: number; readonly more: number },
  ): readonly Change[] {
    const isEnd = changes.length < limit + more;
    // Of a page that is the first and the last there is nothing to come, and long documents are not kept beside those that use them.
    const isWorthIt = limit > 1 && !(more === 0 && isEnd) && unitsOf(changes) <= 2 * unitsAhead;
    if (isWorthIt) {
      const kept = { key: keyOf(walk), after: walk.range.after, isEnd, changes, at: this.#now() };
      this.#kept = [kept, ...this.#kept].slice(0, keptWalks);
    }
    return changes.slice(0, limit);
  }

  /** Forgets all: changes go. */
  clear(): void {
    this.#kept = [];
  }
}

function keyOf({ range, kind, epoch }: Walk): string {
  const { collection, upTo, notFrom } = range;
  return JSON.stringify([collection, upTo, kind, epoch, notFrom?.peer, notFrom?.epoch]);
}

function endOf({ after, changes, isEnd }: Kept): number {
  return isEnd ? Number.MAX_SAFE_INTEGER : (changes.at(-1)?.revision.seq ?? after);
}

/** As many as have room, if they are as long as those that were read last. */
function aheadOf(changes: readonly Change[]): number {
  return Math.min(mostAhead, Math.floor((unitsAhead * changes.length) / Math.max(unitsOf(changes), 1)));
}

function unitsOf(changes: readonly Change[]): number {
  return changes.reduce((sum, { revision }) => sum + revision.version.document.length, 0);
}
