import { expect, it } from 'vitest';
import { expectSameHistory } from '../../simulation/same-history.ts';
import { MongoDisks } from './mongo-disks.ts';
import { describeWithMongoDb } from './mongodb-server.ts';

/** Short ones, in most of which processes are killed. */
const seeds = [3, 5, 10, 26, 28, 33, 51, 59, 79, 90, 251, 274, 279, 289, 396];

describeWithMongoDb('random histories of sites in MongoDB', (freshUrl) => {
  let halfWritten = 0;

  it.each(seeds)(
    'go as on the store of the tests, line by line, wherever in a commit a process is killed: %s',
    async (seed) => {
      await using disks = await MongoDisks.open(freshUrl(), seed);
      await expectSameHistory(seed, disks.open);
      halfWritten += disks.halfWritten;
    },
  );

  it('have commits that were left half-written, and finished by others', () => {
    expect(halfWritten).toBeGreaterThan(0);
  });
});
