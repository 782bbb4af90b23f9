import type { Gid } from '../../src/objects/gid.ts';
import type { Conflict } from '../../src/synchronization/conflict.ts';

/** A field as the simulation sees it: of its own documents, of the envelope, or `existence` for a deletion. */
export type SimulatedField = string;

/** What somebody did to one field of one object, on top of what stood there. */
export interface LedgerEdit {
  readonly number: number;
  readonly gid: Gid;
  readonly field: SimulatedField;
  readonly value: string | undefined;
  readonly onTopOf: readonly LedgerEdit[];
  readonly site: string;
  /** Of the engine: epoch and sequence. */
  readonly id: string;
}

/** An object as it is at a site: its fields by name. */
export type Fields = Readonly<Record<SimulatedField, string | undefined>>;

/** Everything that anybody did, and whether nothing of it was lost. Grows with a history, hence a class. */
export class Ledger {
  readonly edits: LedgerEdit[] = [];
  #values = 0;

  /** A number for a value that nobody has written yet. */
  nextValue(): number {
    this.#values += 1;
    return this.#values;
  }

  /** Somebody gave fields other values. */
  changed(gid: Gid, at: { readonly site: string; readonly id: string }, before: Fields | undefined, after: Fields) {
    for (const field of new Set([...Object.keys(before ?? {}), ...Object.keys(after)])) {
      if (before !== undefined && before[field] === after[field]) continue;
      const onTopOf = before === undefined ? [] : this.#with(gid, field, before[field]);
      this.#add({ gid, field, value: after[field], onTopOf, ...at });
    }
  }

  /** Somebody deleted an object that had these fields. */
  deleted(gid: Gid, at: { readonly site: string; readonly id: string }, before: Fields): void {
    const onTopOf = Object.entries(before).flatMap(([field, value]) => this.#with(gid, field, value));
    this.#add({ gid, field: 'existence', value: undefined, onTopOf, ...at });
  }

  #add(edit: Omit<LedgerEdit, 'number'>): void {
    this.edits.push({ ...edit, number: this.edits.length + 1 });
  }

  #with(gid: Gid, field: SimulatedField, value: string | undefined): readonly LedgerEdit[] {
    return this.edits.filter(
      (edit) => edit.gid === gid && edit.field === field && isSameValue(field, edit.value, value),
    );
  }

  /** What was lost, resurrected, deleted by nobody, or made a conflict without being one; empty when all is well. */
  faults(objects: ReadonlyMap<Gid, Fields>, conflicts: readonly Conflict[]): readonly string[] {
    const faults: string[] = [];
    const known = new Map<LedgerEdit, boolean>();
    for (const edit of this.edits) {
      if (!this.#isKept(edit, { objects, conflicts, known })) faults.push(`lost: ${show(edit)}`);
    }
    for (const gid of new Set(this.edits.map((edit) => edit.gid))) {
      const isDeleted = this.edits.some((edit) => edit.gid === gid && edit.field === 'existence');
      if (!objects.has(gid) && !isDeleted) faults.push(`gone, but nobody deleted it: ${gid}`);
    }
    for (const conflict of conflicts) {
      const fault = this.#faultOf(conflict);
      if (fault !== undefined) faults.push(fault);
    }
    return faults;
  }

  #isKept(
    edit: LedgerEdit,
    end: {
      readonly objects: ReadonlyMap<Gid, Fields>;
      readonly conflicts: readonly Conflict[];
      readonly known: Map<LedgerEdit, boolean>;
    },
  ): boolean {
    const before = end.known.get(edit);
    if (before !== undefined) return before;
    // Values may come back, and then edits are on top of each other both ways.
    end.known.set(edit, false);
    const object = end.objects.get(edit.gid);
    const stands =
      edit.field === 'existence'
        ? object === undefined
        : object !== undefined && isSameValue(edit.field, object[edit.field], edit.value);
    const isNoted = end.conflicts.some((conflict) => conflict.gid === edit.gid && isIn(conflict, edit));
    const kept =
      stands ||
      isNoted ||
      this.#isReturn(edit) ||
      this.edits.some((later) => later !== edit && this.#isOver(later, edit) && this.#isKept(later, end));
    if (kept) end.known.set(edit, true);
    else end.known.delete(edit);
    return kept;
  }

  /** Made on top of it, or of another that wrote the same: equal edits are one. */
  #isOver(later: LedgerEdit, edit: LedgerEdit): boolean {
    const isEqual = (one: LedgerEdit): boolean =>
      one === edit ||
      (one.gid === edit.gid && one.field === edit.field && isSameValue(one.field, one.value, edit.value));
    return later.onTopOf.some(isEqual);
  }

  /** What brings back a value that was there before is no change to a merge: another's edit stands over it. */
  #isReturn(edit: LedgerEdit): boolean {
    if (edit.field === 'extra' && edit.value === undefined) return true;
    return this.edits.some(
      (other) => other !== edit && isSameValue(edit.field, other.value, edit.value) && this.#isOnTop(edit, other),
    );
  }

  #faultOf(conflict: Conflict): string | undefined {
    const { publisher, subscriber, gid } = conflict;
    if (publisher.value === subscriber.value) return `conflict of equal values: ${JSON.stringify(conflict)}`;
    const ours = this.edits.filter((edit) => edit.id === publisher.edit.id && edit.gid === gid);
    const theirs = this.edits.filter((edit) => edit.id === subscriber.edit.id && edit.gid === gid);
    if (conflict.field === 'parent' || conflict.field === 'id') return undefined;
    // What was deleted and came back has values again that others were made on.
    const cameBack = this.edits.some((edit) => edit.gid === gid && edit.field === 'existence');
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
    return upper.onTopOf.some((below) => this.#isOnTop(below, lower, seen));
  }
}

function isUnique(edit: LedgerEdit): boolean {
  return edit.field === 'existence' || edit.value?.startsWith('v') === true;
}

/** Placement gives an object another id when its own is taken. */
function isSameValue(field: SimulatedField, one: string | undefined, other: string | undefined): boolean {
  if (field !== 'id') return one === other;
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
  const { value } = edit;
  return values.some((text) => text?.includes(value) === true);
}

/** For people. */
function show(edit: LedgerEdit): string {
  const on = edit.onTopOf.map((below) => `#${String(below.number)}`).join(' ');
  return `#${String(edit.number)} ${edit.gid} ${edit.field} := ${edit.value ?? 'nothing'} at ${edit.site} on [${on}]`;
}
