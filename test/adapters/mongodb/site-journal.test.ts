import { beforeEach, describe, expect, it } from 'vitest';
import { SiteJournal } from '../../../src/adapters/mongodb/site-journal.ts';
import { numberKey } from '../../../src/adapters/mongodb/site-tables.ts';
import type { Turn } from '../../../src/adapters/mongodb/turn.ts';
import { MemoryTables } from './memory-tables.ts';

class Killed extends Error {}

const hourMs = 3_600_000;
let tables = new MemoryTables();
let names = 0;
let sleptMs = 0;

/** A process at the site of the tests, whose clock may be wrong. */
function open(own = tables, clockOffMs = 0): SiteJournal {
  const now = (): number => 1_800_000_000_000 + clockOffMs + sleptMs;
  return new SiteJournal(own, { patienceMs: 0, now, random: () => `writer ${String(names++)}` });
}

/** Commits a text after a turn, as its next place of the log. */
async function write(journal: SiteJournal, turn: Turn, text: string): Promise<boolean> {
  const { number: _number, ...before } = turn;
  const seq = before.head.seq + 1;
  const rows = [{ _id: numberKey(seq), text }];
  const head = { epoch: 'e', seq, hash: `hash of ${String(seq)}` };
  return journal.commit(turn, { ...before, head, steps: [{ does: 'add', table: 'revision', rows }] });
}

/** Two processes write. The clock of one, which commits each hundredth turn, is hours ahead: it must not matter. */
let others = open();
let early = open();

async function writeMany(count: number): Promise<void> {
  for (let at = 0; at < count; at++) {
    const turn = await others.settled();
    const writer = turn.number % 100 === 99 ? early : others;
    expect(await write(writer, await writer.settled(), 'theirs')).toBe(true);
  }
}

function texts(): readonly unknown[] {
  return tables.all('revision').map((row) => ('text' in row ? row.text : undefined));
}

/** A process that is killed before its first write of a kind at a table. */
function mortal(does: string, table: string): SiteJournal {
  const dying = new MemoryTables(tables, async (doing, at) => {
    if (doing === does && at === table) throw new Killed();
  });
  return open(dying);
}

beforeEach(async () => {
  tables = new MemoryTables();
  sleptMs = 0;
  others = open();
  early = open(tables, 5 * hourMs);
  await others.begin('e');
});

describe('a process that has slept while many turns came', () => {
  it('is told that its commit was too late, and commits after the last when it has decided again', async () => {
    const sleeper = open();
    const turn = await sleeper.settled();
    await writeMany(2_500);
    expect(await write(sleeper, turn, 'mine')).toBe(false);
    expect(texts()).not.toContain('mine');
    const last = await sleeper.settled();
    expect(last).toMatchObject({ number: 2_500, head: { seq: 2_500 } });
    expect(await write(sleeper, last, 'mine')).toBe(true);
    expect(texts()[2_500]).toBe('mine');
    expect(await others.settled()).toMatchObject({ number: 2_501 });
  });

  it('knows the last turn, although the next to the one it knew is forgotten', async () => {
    const sleeper = open();
    await sleeper.settled();
    await writeMany(2_500);
    sleptMs += hourMs;
    expect(await sleeper.settled()).toMatchObject({ number: 2_500 });
  });

  it('reads again what it has read half before and half after', async () => {
    const sleeper = open();
    await sleeper.settled();
    const read = await sleeper.consistently(async ({ head }) => {
      if (head.seq === 0) {
        await writeMany(2_500);
        sleptMs += hourMs;
      }
      return head.seq;
    });
    expect(read).toBe(2_500);
  });

  it.each(['before', 'after'] as const)(
    'does not harm those who come next when it is killed %s it has taken a number that was forgotten',
    async (moment) => {
      const victim = moment === 'before' ? mortal('claim', 'turn') : mortal('remove', 'turn');
      const [behind, beside, asleep] = [open(), open(), open()];
      const turn = await victim.settled();
      const before = await behind.settled();
      await asleep.settled();
      await writeMany(1);
      const after = await beside.settled();
      await writeMany(2_499);
      await expect(write(victim, turn, 'mine')).rejects.toBeInstanceOf(Killed);
      const isLeft = moment === 'after';
      expect(tables.all('turn').some((row) => row._id === numberKey(1))).toBe(isLeft);
      expect(await write(behind, before, 'behind')).toBe(false);
      expect(await write(beside, after, 'beside')).toBe(false);
      sleptMs += hourMs;
      for (const journal of [behind, beside, asleep, others, open()])
        expect(await journal.settled()).toMatchObject({ number: 2_500 });
      expect(texts()).toEqual(Array.from({ length: 2_500 }, () => 'theirs'));
      await writeMany(100);
      expect(tables.all('turn').some((row) => row._id === numberKey(1))).toBe(false);
    },
  );
});

describe('a process that reads while others write', () => {
  it.each([
    { turns: 0, walks: 0 },
    { turns: 1, walks: 0 },
    { turns: 8, walks: 0 },
    { turns: 9, walks: 1 },
    { turns: 500, walks: 1 },
  ])('walks through all turns $walks times when $turns have come', async ({ turns, walks }) => {
    let walked = 0;
    const own = new MemoryTables(tables, async (does) => {
      if (does === 'first') walked++;
    });
    const reader = open(own);
    await reader.settled();
    await writeMany(turns);
    walked = 0;
    expect(await reader.settled()).toMatchObject({ number: turns });
    expect(walked).toBe(walks);
  });

  it('finishes what the writer of the next turn has left half-written', async () => {
    const reader = open();
    await reader.settled();
    const victim = mortal('add', 'revision');
    await expect(write(victim, await victim.settled(), 'mine')).rejects.toBeInstanceOf(Killed);
    expect(await reader.settled()).toMatchObject({ number: 1 });
    expect(texts()).toEqual(['mine']);
  });
});

describe('a process that has slept after it had taken a number', () => {
  /** Others finish its turn, and go on, before it looks what has become of it. */
  async function heldUp(turns: number): Promise<boolean> {
    await writeMany(500);
    let isAsleep = true;
    const own = new MemoryTables(tables, async (does) => {
      if (does !== 'get' || !isAsleep || tables.all('turn').at(-1)?._id !== numberKey(501)) return;
      isAsleep = false;
      await writeMany(turns);
    });
    const sleeper = open(own);
    return write(sleeper, await sleeper.settled(), 'mine');
  }

  it('is told that its commit is there, which others have finished', async () => {
    expect(await heldUp(700)).toBe(true);
    expect(texts().filter((text) => text === 'mine')).toHaveLength(1);
    expect(texts()).toHaveLength(1_201);
  });

  it('is told to look, when nobody knows any more', async () => {
    await expect(heldUp(2_000)).rejects.toMatchObject({ code: 'CON-D005', retry: 'later' });
    expect(texts()).toHaveLength(2_501);
  });
});

describe('turns', () => {
  it('are forgotten by their numbers, whatever the clocks say', async () => {
    await writeMany(900);
    expect(tables.all('turn')).toHaveLength(901);
    await writeMany(4_100);
    const numbers = tables.all('turn').map(({ _id }) => Number(_id));
    expect(numbers.filter((number) => number < 4_000)).toEqual([0, 1_000, 2_000, 3_000]);
    expect(numbers).toHaveLength(4 + 1_001);
  });
});
