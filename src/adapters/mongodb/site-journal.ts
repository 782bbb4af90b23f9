import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout } from 'node:timers/promises';
import { ConcordError, StoreError } from '../../errors/concord-error.ts';
import { forgettableAt, landmarkAfter } from './landmarks.ts';
import type { MongoRows } from './mongo-rows.ts';
import type { SiteTable, SiteTables } from './site-tables.ts';
import { applySteps, type Step } from './steps.ts';
import {
  intoParts,
  keyOfTurn,
  type PartRow,
  readSteps,
  rowOfTurn,
  type Turn,
  type TurnDraft,
  turnOfRow,
  type TurnRow,
  writtenSteps,
} from './turn.ts';

/** What a journal takes from outside. */
export interface JournalSettings {
  /** How long a turn of somebody else may be half-written before it is finished here. */
  readonly patienceMs: number;
  readonly now: () => number;
  readonly random: () => string;
  /** Where its turns are, and the parts of great ones. */
  readonly tables?: { readonly turns: SiteTable; readonly parts: SiteTable };
}

interface Decision {
  readonly turn: Turn;
  isOpen: boolean;
}

/** By a clock that may stand still while the machine sleeps, and one that may be set. */
interface Moment {
  readonly running: number;
  readonly wall: number;
}

type Outcome<Result> = { readonly result: Result } | { readonly error: unknown };

const maxTries = 40;
const reachTries = 8;
const pauseMs = 5;
/** For so long after a look nobody can have forgotten the turn that is to come next: that takes a thousand others. */
const trustedMs = 500;
const forgetEvery = 200;
/** How many turns of others are followed one by one, before the last is looked for among all. */
const nearSteps = 8;

/**
 * The turns of a site, one after the other. A commit is ordered: what is long, the parts, the turn itself, all that it says, its mark that it is done. The
 * turn's own row decides: before it nothing counts, after it everything will be there, finished by its writer or, when that is gone, by
 * whoever comes next. What a turn writes can be written again without harm.
 */
export class SiteJournal {
  readonly #tables: SiteTables;
  readonly #settings: JournalSettings;
  #known: Turn | undefined;
  /** When the turn to come after the known one was not forgotten, for sure. */
  #lookedAt: Moment | undefined;
  #writing: Promise<unknown> | undefined;
  readonly #decisions = new AsyncLocalStorage<Decision>();

  constructor(tables: SiteTables, settings: JournalSettings) {
    this.#tables = tables;
    this.#settings = settings;
  }

  /** Makes the first turn, unless there is one. */
  async begin(epoch: string): Promise<void> {
    const head = { epoch, seq: 0, hash: '' };
    const first = { number: 0, head, listed: 0, peers: 0, collections: 0, shadows: 0 };
    await this.#turns.claim({ ...rowOfTurn(first, ''), at: this.#settings.now(), isDone: true, parts: 0, steps: '' });
  }

  /** The last turn, all of which is written. Finishes one that its writer has left half-written. */
  async settled(): Promise<Turn> {
    for (let steps = 0; ; steps++) {
      await this.#writing;
      const known = await this.#lastKnown();
      const next = await this.#turns.get(keyOfTurn(known.number + 1));
      const isNext = await this.#isStillKept(known.number + 1);
      if (isNext && next === undefined) return known;
      if (isNext && next !== undefined && steps < nearSteps) await this.#stepTo(next);
      else await this.#lookAnew();
    }
  }

  /**
   * What is read, of one state of the site: read again when a turn came in between, which others may have seen half of.
   * @throws StoreError CON-D001 (`later`) when there was always another one
   */
  async consistently<Result>(read: (turn: Turn) => Promise<Result>): Promise<Result> {
    const decision = this.#decisions.getStore();
    if (decision?.isOpen === true) return read(decision.turn);
    let turn = await this.#lastKnown();
    for (let tries = 0; tries < maxTries; tries++) {
      const outcome = await outcomeOf(async () => read(turn));
      const after = await this.settled();
      if (after.number === turn.number) return resultOf(outcome);
      turn = after;
    }
    throw new StoreError('CON-D001', 'Others write to this site all the time', { retry: 'later' });
  }

  /**
   * Decides on a turn: what is read meanwhile is not looked at one by one, because the commit will show whether a turn has come in between. Undefined when one
   * has, and there is nothing to be committed that would show it. One decision at a time.
   */
  async deciding<Result>(
    turn: Turn,
    decide: () => Promise<Result>,
    needsCommit: (result: Result) => boolean,
  ): Promise<Result | undefined> {
    const decision = { turn, isOpen: true };
    const outcome = await this.#decisions.run(decision, async () => outcomeOf(decide));
    // What was begun meanwhile and goes on is on its own from here.
    decision.isOpen = false;
    // As long as one is watched, each promise of the process costs more, and more again for each site.
    this.#decisions.disable();
    if ('result' in outcome && needsCommit(outcome.result)) return outcome.result;
    return (await this.settled()).number === turn.number ? resultOf(outcome) : undefined;
  }

  /** Commits what was decided on a turn. False, and nothing is there, when somebody has committed since. */
  async commit(turn: Turn, draft: TurnDraft): Promise<boolean> {
    const { steps, ...numbers } = draft;
    const next: Turn = { number: turn.number + 1, ...numbers };
    const by = this.#settings.random();
    const own = this.#write(next, by, steps);
    this.#writing = own.catch(() => undefined);
    try {
      return await own;
    } finally {
      this.#writing = undefined;
    }
  }

  async #write(next: Turn, by: string, steps: readonly Step[]): Promise<boolean> {
    const parts = intoParts(steps);
    const at = this.#settings.now();
    const isInline = parts.length <= 1;
    if (!isInline)
      for (const [number, part] of parts.entries())
        await this.#parts.add([{ _id: `${by}/${String(number)}`, at, steps: writtenSteps(part) }]);
    const row: TurnRow = {
      ...{ ...rowOfTurn(next, by), at, isDone: false },
      ...(isInline ? { parts: 0, steps: writtenSteps(steps) } : { parts: parts.length, steps: '' }),
    };
    const moment = this.#moment();
    const fate = (await this.#claim(row)) ? await this.#fateOf(row) : 'lost';
    if (fate !== 'last') {
      await this.#dropParts(row.parts, by);
      return fate === 'finished';
    }
    for (const part of parts) await applySteps(this.#tables, part, next.number);
    await this.#markDone(row);
    this.#remember(row, moment);
    if (next.number % forgetEvery === 0) await this.#turns.remove(forgettableAt(next.number));
    return true;
  }

  /** Whether this turn is ours. Whoever hears nothing asks what became of it. */
  async #claim(row: TurnRow): Promise<boolean> {
    for (let tries = 1; ; tries++) {
      try {
        if (await this.#turns.claim(row)) return true;
        return (await this.#turns.get(row._id))?.by === row.by;
      } catch (error) {
        if (tries === reachTries || !(error instanceof ConcordError) || error.retry !== 'later') throw error;
        await setTimeout(pauseMs * 2 ** tries);
      }
    }
  }

  /**
   * What has become of a turn whose number was taken. That number may have been given before, and forgotten: so much has come since the decision. Such a turn is taken back
   * before it writes anything. Where a kill leaves it, it is below the last, where nobody looks, until it is forgotten.
   * @throws StoreError CON-D005 (`later`) when even the own turn is forgotten: then nobody can say whether others have finished it
   */
  async #fateOf({ _id, turn, by }: TurnRow): Promise<'last' | 'finished' | 'lost'> {
    if ((await this.#turns.get(keyOfTurn(landmarkAfter(turn)))) === undefined) return 'last';
    this.#known = undefined;
    const own = await this.#turns.get(_id);
    if (own?.by !== by) {
      const text = 'Nobody knows any more whether this was written: see whether it is there before it is done again';
      throw new StoreError('CON-D005', text, { retry: 'later' });
    }
    // Nobody goes on from a turn that is not done: this one was the last once.
    if (own.isDone) return 'finished';
    await this.#turns.remove({ _id, by });
    return 'lost';
  }

  /** Waits for the writer of a turn, and takes over when it does not come to its end. */
  async #finish(row: TurnRow): Promise<void> {
    const since = performance.now();
    for (let tries = 1; performance.now() - since < this.#settings.patienceMs; tries++) {
      await setTimeout(Math.min(pauseMs * tries, 50));
      if ((await this.#turns.get(row._id))?.isDone !== false) return;
    }
    for (const steps of await this.#stepsOf(row)) await applySteps(this.#tables, steps, row.turn);
    await this.#markDone(row);
  }

  async #stepsOf({ parts, by, steps }: TurnRow): Promise<readonly (readonly Step[])[]> {
    if (parts === 0) return [readSteps(steps)];
    const found: (readonly Step[])[] = [];
    for (let number = 0; number < parts; number++) {
      const part = await this.#parts.get(`${by}/${String(number)}`);
      // Its writer has come to its end meanwhile, and has removed the parts.
      if (part === undefined) return [];
      found.push(readSteps(part.steps));
    }
    return found;
  }

  async #markDone({ _id, parts, by }: TurnRow): Promise<void> {
    await this.#turns.set([{ _id, fields: { isDone: true, steps: '' } }]);
    await this.#dropParts(parts, by);
  }

  async #dropParts(parts: number, by: string): Promise<void> {
    if (parts === 0) return;
    await this.#parts.remove({ _id: { $in: Array.from({ length: parts }, (_, number) => `${by}/${String(number)}`) } });
  }

  async #lastKnown(): Promise<Turn> {
    return this.#known ?? this.#lookAnew();
  }

  /** Whether the turn of this number, if it has come, cannot have been forgotten, not even while this process slept. */
  async #isStillKept(number: number): Promise<boolean> {
    const moment = this.#moment();
    if (this.#isTrusted(moment)) return true;
    if ((await this.#turns.get(keyOfTurn(landmarkAfter(number)))) !== undefined) return false;
    this.#lookedAt = moment;
    return true;
  }

  /** Goes on to the turn that follows the known one. */
  async #stepTo(next: TurnRow): Promise<void> {
    if (!next.isDone) await this.#finish(next);
    this.#know(turnOfRow(next));
  }

  /** The last turn, finished. Not every server finds the last of many without a walk through all. */
  async #lookAnew(): Promise<Turn> {
    const moment = this.#moment();
    const newest = await this.#turns.first({}, { _id: -1 });
    if (newest === undefined) throw new StoreError('CON-D004', 'The MongoDB store has lost the turns of a site');
    if (!newest.isDone) await this.#finish(newest);
    return this.#remember(newest, moment);
  }

  #remember(row: TurnRow, moment: Moment): Turn {
    this.#lookedAt = moment;
    return this.#know(turnOfRow(row));
  }

  #know(turn: Turn): Turn {
    if (this.#known === undefined || this.#known.number < turn.number) this.#known = turn;
    return this.#known;
  }

  #moment(): Moment {
    return { running: performance.now(), wall: this.#settings.now() };
  }

  #isTrusted({ running, wall }: Moment): boolean {
    const looked = this.#lookedAt;
    return looked !== undefined && running - looked.running < trustedMs && Math.abs(wall - looked.wall) < trustedMs;
  }

  get #turns(): MongoRows<TurnRow> {
    return this.#tables.rows<TurnRow>(this.#settings.tables?.turns ?? 'turn');
  }

  get #parts(): MongoRows<PartRow> {
    return this.#tables.rows<PartRow>(this.#settings.tables?.parts ?? 'part');
  }
}

async function outcomeOf<Result>(work: () => Promise<Result>): Promise<Outcome<Result>> {
  return work().then(
    (result) => ({ result }),
    (error: unknown) => ({ error }),
  );
}

function resultOf<Result>(outcome: Outcome<Result>): Result {
  if ('error' in outcome) throw outcome.error;
  return outcome.result;
}
