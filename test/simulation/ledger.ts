import { knowsEdit } from '../../src/objects/edit.ts';
import type { Gid } from '../../src/objects/gid.ts';
import type { Revision } from '../../src/objects/revision.ts';
import type { Conflict } from '../../src/synchronization/conflict.ts';
import { isSameText } from './losses.ts';

const lost = 'lost: ';
const waits = 'lost, if it does not come when the object is published again: ';

/** A field as the simulation sees it: of its own documents, of the envelope, or `existence` for a deletion. */
export type SimulatedField = string;

/** What somebody did to one field of one object, on top of what stood there. */
export interface LedgerEdit {
  readonly number: number;
  /** As the object is called now, and as it was when the edit was made. */
  gid: Gid;
  readonly madeOf: Gid;
  readonly field: SimulatedField;
  readonly value: string | undefined;
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

/**
 * Gids that objects gave up, with those that they have instead; `isOf`: whether an edit under such a gid was of that object, and not of another that had it before. `all`: where a log
 * was lost, also those under which another object stands by now.
 */
export interface GivenUp {
  readonly names: ReadonlyMap<Gid, Gid>;
  readonly all: readonly (readonly [given: Gid, kept: Gid])[];
  readonly isOf: (given: Gid, edit: Mark) => boolean;
}

/** What there is when nothing moves any more. */
export interface Ending {
  /** At the root. */
  readonly objects: ReadonlyMap<Gid, Fields>;
  /** Those of them that the root does not publish. */
  readonly leftOut: ReadonlySet<Gid>;
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
  #givenUp: GivenUp = { names: new Map(), all: [], isOf: () => false };
  /** All that an object was ever called instead: a parent by either gid is the same. */
  readonly #everCalled = new Map<Gid, Gid>();
  readonly #everGivenUp = new Map<Gid, Set<Gid>>();
  #hasLostLog = false;
  #values = 0;

  /** A disk was lost, so that what its log said may be forgotten. */
  get hasLostLog(): boolean {
    return this.#hasLostLog;
  }

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

  /** Somebody brought an object back, over the deletions among what its history there had been. */
  restored(gid: Gid, at: Mark, after: Fields, history: readonly Pick<Revision, 'edits'>[]): void {
    const isKnown = ({ id }: Mark): boolean => history.some(({ edits }) => knowsEdit(edits, id));
    const deletions = this.#ofCalled(gid).filter((edit) => edit.field === 'existence' && isKnown(edit));
    for (const [field, value] of Object.entries(after))
      this.#add({ gid, field, value, onTopOf: deletions, hid: [], ...at });
  }

  /** These edits were lost with a disk, and nobody else had received them. Returns how many there were. */
  excuse(isLost: (edit: LedgerEdit) => boolean): number {
    this.#hasLostLog = true;
    const before = this.#excused.size;
    for (const edit of this.#edits) if (isLost(edit)) this.#excused.add(edit);
    return this.#excused.size - before;
  }

  /** Somebody had a side replaced that has these objects and the other side has not. */
  allowToGo(gids: Iterable<Gid>): void {
    for (const gid of gids) this.#mayBeGone.add(gid);
  }

  /** Objects are known by other gids now, here and there by the old ones, too. */
  rename(givenUp: GivenUp): void {
    if (!isAny(givenUp) && !isAny(this.#givenUp)) return;
    this.#givenUp = givenUp;
    for (const [given, kept] of givenUp.names) this.#everCalled.set(given, kept);
    for (const [given, kept] of [...givenUp.names, ...givenUp.all])
      this.#everGivenUp.set(given, (this.#everGivenUp.get(given) ?? new Set()).add(kept));
    this.#byObject.clear();
    for (const edit of this.#edits) {
      edit.gid = this.#nameFor(edit);
      this.#listOf(edit.gid).push(edit);
    }
  }

  /** What an object that was called so is called now. */
  called(gid: Gid): Gid {
    return follow(this.#givenUp.names, gid);
  }

  /** What was lost, resurrected, deleted by nobody, or made a conflict without being one; empty when all is well. */
  faults(ending: Ending): readonly string[] {
    const faults: string[] = [];
    const search: Search = { ...ending, known: new Map() };
    for (const edit of this.#edits) this.#findWhereItStands(edit, ending);
    const losses = this.#edits.filter((edit) => !this.#isKept(edit, search));
    const waiting = new Set(losses.filter((edit) => this.#mayWait(edit, ending)).map(({ gid }) => gid));
    for (const edit of losses) faults.push(`${waiting.has(edit.gid) ? waits : lost}${show(edit)}`);
    for (const [gid, edits] of this.#byObject) {
      if (ending.objects.has(gid) || this.#mayBeGone.has(gid)) continue;
      // A conflict may be all that is left of an object that was lost with a disk.
      const isExcused = edits.every((edit) => this.#excused.has(edit) || this.#isAsked(edit, ending));
      if (!isExcused && !edits.some((edit) => edit.field === 'existence'))
        faults.push(`gone, but nobody deleted it: ${gid}`);
    }
    for (const conflict of ending.conflicts) {
      const fault = this.#faultOf(conflict);
      if (fault !== undefined) faults.push(fault);
    }
    return faults;
  }

  /** What a site below a hub deletes that the hub has lost, and that the query at the root leaves out, meets the object when that is published again. */
  #mayWait({ gid, field }: LedgerEdit, { leftOut }: Ending): boolean {
    return this.#hasLostLog && field === 'existence' && leftOut.has(gid);
  }

  /**
   * Of an object that was two again after a log was lost, an edit went to the one or the other, with those that it was made on: a value that nobody else writes says to
   * which.
   */
  #findWhereItStands(edit: LedgerEdit, { objects }: Ending): void {
    const standsAt = (gid: Gid, { field, value }: LedgerEdit): boolean =>
      isUnique(edit) && value !== undefined && this.#isSame(field, objects.get(gid)?.[field], value);
    if (!this.#mayBeTwo || standsAt(edit.gid, edit)) return;
    const gid = this.#everCalledFrom(edit.madeOf).find((name) => standsAt(name, edit));
    if (gid === undefined) return;
    const from = edit.gid;
    const move = (one: LedgerEdit): void => {
      if (one.gid !== from || standsAt(from, one)) return;
      this.#listOf(from).splice(this.#listOf(from).indexOf(one), 1);
      one.gid = gid;
      this.#listOf(gid).push(one);
      for (const below of one.onTopOf) move(below);
    };
    move(edit);
  }

  /** Where a log was lost that knew of another gid, both may stand for an object of their own. */
  get #mayBeTwo(): boolean {
    return this.#hasLostLog && this.#everGivenUp.size > 0;
  }

  /** All gids that a given one ever led to. */
  #everCalledFrom(madeOf: Gid): readonly Gid[] {
    const found = new Set([madeOf]);
    for (const gid of found) for (const kept of this.#everGivenUp.get(gid) ?? []) found.add(kept);
    return [...found];
  }

  #nameFor({ madeOf, ...mark }: Pick<LedgerEdit, 'madeOf' | keyof Mark>): Gid {
    return follow(this.#givenUp.names, madeOf, (given) => this.#givenUp.isOf(given, mark));
  }

  /** Parents are named by their gids; placement gives an object another id when its own is taken. */
  #isSame(field: SimulatedField, one: string | undefined, other: string | undefined): boolean {
    if (field === 'parent') return this.#parent(one) === this.#parent(other);
    return field === 'id' ? withoutSuffix(one) === withoutSuffix(other) : isSameText(one, other);
  }

  #parent(value: string | undefined): string | undefined {
    return value === undefined ? undefined : follow(this.#everCalled, value as Gid);
  }

  #of(gid: Gid): readonly LedgerEdit[] {
    return this.#byObject.get(gid) ?? [];
  }

  /** Of what a site calls so. */
  #ofCalled(gid: Gid): readonly LedgerEdit[] {
    const now = this.called(gid);
    return now === gid ? this.#of(gid) : [...this.#of(gid), ...this.#of(now)];
  }

  #listOf(gid: Gid): LedgerEdit[] {
    const known = this.#byObject.get(gid);
    if (known !== undefined) return known;
    const list: LedgerEdit[] = [];
    this.#byObject.set(gid, list);
    return list;
  }

  #add(edit: Omit<LedgerEdit, 'number' | 'madeOf'>): void {
    const madeOf = edit.gid;
    const added = { ...edit, madeOf, gid: this.#nameFor({ ...edit, madeOf }), number: this.#edits.length + 1 };
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
    return this.#ofCalled(gid).filter((edit) => edit.field === field && this.#isSame(field, edit.value, value));
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
        : object !== undefined && this.#isSame(edit.field, object[edit.field], edit.value);
    const kept =
      stands ||
      this.#excused.has(edit) ||
      this.#isAsked(edit, end) ||
      end.isInHistory(edit.gid, edit.id) ||
      this.#isReturn(edit) ||
      this.#ofEither(edit.gid).some((later) => later !== edit && this.#isOver(later, edit) && this.#isKept(later, end));
    if (kept) end.known.set(edit, true);
    else end.known.delete(edit);
    return kept;
  }

  /** Made on top of it, or of another that wrote the same: equal edits are one. */
  #isOver(later: LedgerEdit, edit: LedgerEdit): boolean {
    const isEqual = (one: LedgerEdit): boolean =>
      one === edit ||
      (this.#isOf(one, edit.gid) && one.field === edit.field && this.#isSame(one.field, one.value, edit.value));
    return [...later.onTopOf, ...later.hid].some(isEqual);
  }

  #ofEither(gid: Gid): readonly LedgerEdit[] {
    return !this.#mayBeTwo ? this.#of(gid) : this.#edits.filter((edit) => this.#isOf(edit, gid));
  }

  /** Where an object was two again after a log was lost, what was made on the one was made on what the other had alike. */
  #isOf(edit: LedgerEdit, gid: Gid): boolean {
    return edit.gid === gid || (this.#mayBeTwo && this.#everCalledFrom(edit.madeOf).includes(gid));
  }

  /** What brings back a value that was there before is no change to a merge: another's edit stands over it. */
  #isReturn(edit: LedgerEdit): boolean {
    if (edit.field === 'extra' && edit.value === undefined) return true;
    return this.#of(edit.gid).some(
      (other) =>
        other !== edit &&
        other.field === edit.field &&
        this.#isSame(edit.field, other.value, edit.value) &&
        this.#isOnTop(edit, other),
    );
  }

  #isAsked(edit: LedgerEdit, { conflicts }: Ending): boolean {
    return conflicts.some((conflict) => conflict.gid === edit.gid && this.#isIn(conflict, edit));
  }

  #isIn(conflict: Conflict, edit: LedgerEdit): boolean {
    const isEnvelope = edit.field === 'parent' || edit.field === 'id' || edit.field === 'existence';
    if (isEnvelope !== (conflict.field === 'parent' || conflict.field === 'id' || conflict.field === 'existence'))
      return false;
    if (isEnvelope && conflict.field !== edit.field) return false;
    const values = [conflict.publisher.value, conflict.subscriber.value];
    if (edit.field === 'existence') return values.includes(undefined);
    if (edit.value === undefined) return values.includes(undefined);
    if (isEnvelope) return values.some((value) => this.#isSame(edit.field, value, edit.value));
    const value = edit.value.trim();
    return values.some((text) => text?.includes(value) === true);
  }

  #faultOf(conflict: Conflict): string | undefined {
    const { publisher, subscriber, gid } = conflict;
    // What an update policy refused is noted, whatever it was made on.
    if (conflict.settledBy === 'policy') return undefined;
    if (publisher.value === subscriber.value) return `conflict of equal values: ${JSON.stringify(conflict)}`;
    const ours = this.#ofCalled(gid).filter((edit) => edit.id === publisher.edit.id);
    const theirs = this.#ofCalled(gid).filter((edit) => edit.id === subscriber.edit.id);
    if (conflict.field === 'parent' || conflict.field === 'id') return undefined;
    // What was deleted and came back has values again that others were made on.
    const cameBack = this.#ofCalled(gid).some((edit) => edit.field === 'existence');
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

function isUnique({ field, value }: LedgerEdit): boolean {
  // A gid may be made of a value that is unique, and yet several move something there.
  return field === 'existence' || (field !== 'parent' && value?.startsWith('v') === true);
}

function withoutSuffix(id: string | undefined): string | undefined {
  return id?.replace(/(-\d+)+$/, '');
}

function isAny({ names, all }: GivenUp): boolean {
  return names.size > 0 || all.length > 0;
}

/** What a gid leads to by these names, as far as each of them counts. */
function follow(names: ReadonlyMap<Gid, Gid>, gid: Gid, counts: (given: Gid) => boolean = () => true): Gid {
  const passed = new Set<Gid>();
  let at = gid;
  for (let next = names.get(at); next !== undefined && !passed.has(next) && counts(at); next = names.get(at)) {
    passed.add(at);
    at = next;
  }
  return at;
}

/** Whether a fault is that something waits for an object that is left out: it is none if that comes when the object is published. */
export function isWaiting(fault: string): boolean {
  return fault.startsWith(waits);
}

/** For people. */
function show(edit: LedgerEdit): string {
  const on = edit.onTopOf.map((below) => `#${String(below.number)}`).join(' ');
  return `#${String(edit.number)} ${edit.gid} ${edit.field} := ${edit.value ?? 'nothing'} at ${edit.site} on [${on}]`;
}
