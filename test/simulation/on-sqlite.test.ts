import { expect, it } from 'vitest';
import { Occurrences } from './occurrences.ts';
import { expectSameHistory } from './same-history.ts';
import { SqliteDisks } from './sqlite-disks.ts';

/** Without these the histories would say little of a store. */
const wanted = [
  'killed publisher after a commit',
  'killed subscriber before a commit',
  'restored a subscriber',
  'copied',
];

it('happens on the embedded store, whatever happens on that of the tests', async () => {
  const occurrences = new Occurrences();
  for (let seed = 1; seed <= 100; seed += 1) {
    using disks = new SqliteDisks();
    occurrences.add((await expectSameHistory(seed, disks.open)).occurrences);
  }
  expect(occurrences.missing(wanted)).toEqual([]);
}, 300_000);
