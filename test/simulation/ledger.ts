import type { Gid } from '../../src/objects/gid.ts';
import type { Conflict } from '../../src/synchronization/conflict.ts';
import { isSameText } from './losses.ts';

/** A field as the simulation sees it: of its own documents, of the envelope, or `existence` for a deletion. */
export type SimulatedField = string;

/** What somebody did to one field of one object, on top of what stood there. */
export interface LedgerEdit {
  readonly number: number;
  /** As the object is called now. */
  gid: Gid;
  readonly field: SimulatedField;
  /** Of a parent, as that is called now. */
  value: string | undefined;
  /** As they were called when it was made. */
  readonly made: { readonly gid: Gid; readonly value: string | undefined };
  readonly onTopOf: readonly LedgerEdit[];
  /** What it wrote over without showing it to whoever made it. */
  readonly hid: readonly LedgerEdit[];
  readonly site: string;
  /** Of the engine: epoch and sequence. */
  readonly id: string;
}

/** An object as it is at a site: its fields by name. */
export type Fields = Readonly<Record<SimulatedField, string | undefined>>;

/** The values of a conflict that did not stand, and the edits that it names. */
export interface Contested {
  readonly values: Fields;
  readonly ids: readonly string[];
}

/** Where an edit was made, and as what the engine knows it. */
export interface Mark {
  readonly site: string;
  readonly id: string;
}

/** What there is when nothing moves any more. */
export interface Ending {
  /** At the root. */
  readonly objects: ReadonlyMap<Gid, Fields>;
  readonly conflicts: readonly Conflict[];
  /** Whether the edit is in the history of the object at some site, and that is enough because a setting has overruled it. */
  readonly isInHistory: (gid: Gid, id: string) => boolean;
}

interface Search extends Ending {
  readonly known: Map<LedgerEdit, boolean>;
}

/** Everything that anybody did, and whether nothing of it was lost. Grows with a history, hence a class. */
export class Ledger {
  readonly #edits: LedgerEdit[] = [];
  readonly #byObject = new Map<Gid, LedgerEdit[]>();
  readonly #excused = new Set<LedgerEdit>();
  readonly #mayBeGone = new Set<Gid>();
  #names: ReadonlyMap<Gid, Gid> = new Map();
  #values = 0;

  /** A number for a value that nobody has written yet. */
  nextValue(): number {
    this.#values += 1;
    return this.#values;
  }

  /**
   * Somebody gave fields other values. `over`: of a conflict that was settled by it, too. `hidden`: what the object has where a conduit does not show it, which is written
   * over by whoever puts something there.
   */
  changed(
    gid: Gid,
    at: Mark,
    fields: {
      readonly before: Fields | undefined;
      readonly after: Fields;
      readonly over?: Contested;
      readonly hidden?: readonly Fields[];
    },
  ): void {
    const { before, after, over, hidden = [] } = fields;
    for (const field of new Set([...Object.keys(before ?? {}), ...Object.keys(after)])) {
      if (before !== undefined && before[field] === after[field]) continue;
      const below = before === undefined ? [] : this.#with(gid, field, before[field]);
      const settled = over !== undefined && field in over.values ? this.#contested(gid, field, over) : [];
      this.#add({
        gid,
        field,
        value: after[field],
        onTopOf: [...below, ...settled],
        hid: this.#below(gid, hidden, [field]),
        ...at,
      });
    }
  }

  /** Somebody deleted an object that had these fields. */
  deleted(gid: Gid, at: Mark, before: Fields, ...hidden: readonly Fields[]): void {
    const onTopOf = this.#below(gid, [before]);
    this.#add({ gid, field: 'existence', value: undefined, onTopOf, hid: this.#below(gid, hidden), ...at });
  }

  /** Somebody brought an object back, knowing that it had been deleted. */
  restored(gid: Gid, at: Mark, after: Fields): void {
    const deletions = this.#of(gid).filter((edit) => edit.field === 'existence');
    for (const [field, value] of Object.entries(after))
      this.#add({ gid, field, value, onTopOf: deletions, hid: [], ...at });
  }

  /** These edits were lost with a disk, and nobody else had received them. Returns how many there were. */
  excuse(isLost: (edit: LedgerEdit) => boolean): number {
    const before = this.#excused.size;
    for (const edit of this.#edits) if (isLost(edit)) this.#excused.add(edit);
    return this.#excused.size - before;
  }

  /** Somebody had a side replaced that has these objects and the other side has not. */
  allowToGo(gids: Iterable<Gid>): void {
    for (const gid of gids) this.#mayBeGone.add(gid);
  }

  /** These objects are known by other gids now, here and there by the old ones, too; all others by their own. */
  rename(names: ReadonlyMap<Gid, Gid>): void {
    if (names.size === 0 && this.#names.size === 0) return;
    this.#names = names;
    this.#byObject.clear();
    for (const edit of this.#edits) {
      edit.gid = this.called(edit.made.gid);
      edit.value = this.#valueNow(edit.field, edit.made.value);
      this.#listOf(edit.gid).push(edit);
    }
  }

  /** What an object that was called so is called now. */
  called(gid: Gid): Gid {
    let at = gid;
    for (let next = this.#names.get(at); next !== undefined && next !== gid; next = this.#names.get(at)) at = next;
    return at;
  }

  /** What was lost, resurrected, deleted by nobody, or made a conflict without being one; empty when all is well. */
  faults(ending: Ending): readonly string[] {
    const faults: string[] = [];
    const search: Search = { ...ending, known: new Map() };
    for (const edit of this.#edits) {
      if (!this.#isKept(edit, search)) faults.push(`lost: ${show(edit)}`);
    }
    for (const [gid, edits] of this.#byObject) {
      if (ending.objects.has(gid) || this.#mayBeGone.has(gid)) continue;
      const isExcused = edits.every((edit) => this.#excused.has(edit));
      if (!isExcused && !edits.some((edit) => edit.field === 'existence'))
        faults.push(`gone, but nobody deleted it: ${gid}`);
    }
    for (const conflict of ending.conflicts) {
      const fault = this.#faultOf(conflict);
      if (fault !== undefined) faults.push(fault);
    }
    return faults;
  }

  /** Parents are named by their gids. */
  #valueNow(field: SimulatedField, value: string | undefined): string | undefined {
    return field === 'parent' && value !== undefined ? this.called(value as Gid) : value;
  }

  #of(gid: Gid): readonly LedgerEdit[] {
    return this.#byObject.get(this.called(gid)) ?? [];
  }

  #listOf(gid: Gid): LedgerEdit[] {
    const known = this.#byObject.get(gid);
    if (known !== undefined) return known;
    const list: LedgerEdit[] = [];
    this.#byObject.set(gid, list);
    return list;
  }

  #add(edit: Omit<LedgerEdit, 'number' | 'made'>): void {
    const { gid, field, value } = edit;
    const now = { gid: this.called(gid), value: this.#valueNow(field, value) };
    const added = { ...edit, ...now, made: { gid, value }, number: this.#edits.length + 1 };
    this.#edits.push(added);
    this.#listOf(added.gid).push(added);
  }

  #below(gid: Gid, before: readonly Fields[], only?: readonly SimulatedField[]): readonly LedgerEdit[] {
    return before
      .flatMap((fields) => Object.entries(fields))
      .filter(([field]) => only?.includes(field) !== false)
      .flatMap(([field, value]) => this.#with(gid, field, value));
  }

  #with(gid: Gid, field: SimulatedField, value: string | undefined): readonly LedgerEdit[] {
    // A site may know a folder by its old gid, as whoever reads it there does.
    const known = this.#valueNow(field, value);
    return this.#of(gid).filter((edit) => edit.field === field && isSameValue(field, edit.value, known));
  }

  /** The edits that the conflict names: somebody may have settled it with the same value meanwhile. */
  #contested(gid: Gid, field: SimulatedField, { values, ids }: Contested): readonly LedgerEdit[] {
    const equal = this.#with(gid, field, values[field]);
    const named = equal.filter(({ id }) => ids.includes(id));
    return named.length > 0 ? named : equal;
  }

  #isKept(edit: LedgerEdit, end: Search): boolean {
    const before = end.known.get(edit);
    if (before !== undefined) return before;
    // Values may come back, and then edits are on top of each other both ways.
    end.known.set(edit, false);
    const object = end.objects.get(edit.gid);
    const stands =
      edit.field === 'existence'
        ? object === undefined
        : object !== undefined && isSameValue(edit.field, object[edit.field], edit.value);
    const kept =
      stands ||
      this.#excused.has(edit) ||
      end.conflicts.some((conflict) => conflict.gid === edit.gid && isIn(conflict, edit)) ||
      end.isInHistory(edit.gid, edit.id) ||
      this.#isReturn(edit) ||
      this.#of(edit.gid).some((later) => later !== edit && this.#isOver(later, edit) && this.#isKept(later, end));
    if (kept) end.known.set(edit, true);
    else end.known.delete(edit);
    return kept;
  }

  /** Made on top of it, or of another that wrote the same: equal edits are one. */
  #isOver(later: LedgerEdit, edit: LedgerEdit): boolean {
    const isEqual = (one: LedgerEdit): boolean =>
      one === edit ||
      (one.gid === edit.gid && one.field === edit.field && isSameValue(one.field, one.value, edit.value));
    return [...later.onTopOf, ...later.hid].some(isEqual);
  }

  /** What brings back a value that was there before is no change to a merge: another's edit stands over it. */
  #isReturn(edit: LedgerEdit): boolean {
    if (edit.field === 'extra' && edit.value === undefined) return true;
    return this.#of(edit.gid).some(
      (other) =>
        other !== edit &&
        other.field === edit.field &&
        isSameValue(edit.field, other.value, edit.value) &&
        this.#isOnTop(edit, other),
    );
  }

  #faultOf(conflict: Conflict): string | undefined {
    const { publisher, subscriber, gid } = conflict;
    // What an update policy refused is noted, whatever it was made on.
    if (conflict.settledBy === 'policy') return undefined;
    if (publisher.value === subscriber.value) return `conflict of equal values: ${JSON.stringify(conflict)}`;
    const ours = this.#of(gid).filter((edit) => edit.id === publisher.edit.id);
    const theirs = this.#of(gid).filter((edit) => edit.id === subscriber.edit.id);
    if (conflict.field === 'parent' || conflict.field === 'id') return undefined;
    // What was deleted and came back has values again that others were made on.
    const cameBack = this.#of(gid).some((edit) => edit.field === 'existence');
    if (cameBack && conflict.field !== 'existence') return undefined;
    const related = ours.some((mine) =>
      theirs.some(
        (other) =>
          (mine.field === other.field || mine.field === 'existence' || other.field === 'existence') &&
          isUnique(mine) &&
          isUnique(other) &&
          (this.#isOnTop(mine, other) || this.#isOnTop(other, mine)),
      ),
    );
    return related && ours.length > 0 && theirs.length > 0
      ? `conflict of an edit with what it was made on: ${JSON.stringify(conflict)}`
      : undefined;
  }

  #isOnTop(upper: LedgerEdit, lower: LedgerEdit, seen = new Set<LedgerEdit>()): boolean {
    if (upper === lower) return true;
    if (seen.has(upper)) return false;
    seen.add(upper);
    // A value that several edits gave does not tell on which of them another was made.
    return upper.onTopOf.some((below) => isUnique(below) && this.#isOnTop(below, lower, seen));
  }
}

function isUnique(edit: LedgerEdit): boolean {
  return edit.field === 'existence' || edit.value?.startsWith('v') === true;
}

/** Placement gives an object another id when its own is taken. */
function isSameValue(field: SimulatedField, one: string | undefined, other: string | undefined): boolean {
  if (field !== 'id') return isSameText(one, other);
  const plain = (id: string | undefined) => id?.replace(/(-\d+)+$/, '');
  return plain(one) === plain(other);
}

function isIn(conflict: Conflict, edit: LedgerEdit): boolean {
  const isEnvelope = edit.field === 'parent' || edit.field === 'id' || edit.field === 'existence';
  if (isEnvelope !== (conflict.field === 'parent' || conflict.field === 'id' || conflict.field === 'existence'))
    return false;
  if (isEnvelope && conflict.field !== edit.field) return false;
  const values = [conflict.publisher.value, conflict.subscriber.value];
  if (edit.field === 'existence') return values.includes(undefined);
  if (edit.value === undefined) return values.includes(undefined);
  if (isEnvelope) return values.some((value) => isSameValue(edit.field, value, edit.value));
  const value = edit.value.trim();
  return values.some((text) => text?.includes(value) === true);
}

/** For people. */
function show(edit: LedgerEdit): string {
  const on = edit.onTopOf.map((below) => `#${String(below.number)}`).join(' ');
  return `#${String(edit.number)} ${edit.gid} ${edit.field} := ${edit.value ?? 'nothing'} at ${edit.site} on [${on}]`;
}
