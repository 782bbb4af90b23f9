import { expect, it } from 'vitest';
import { forgettableAt } from '../../../src/adapters/mongodb/landmarks.ts';
import { MongoConnection } from '../../../src/adapters/mongodb/mongo-connection.ts';
import { keyOfTurn, rowOfTurn, type TurnRow } from '../../../src/adapters/mongodb/turn.ts';
import { describeWithMongoDb } from './mongodb-server.ts';

describeWithMongoDb('turns in MongoDB', (freshUrl) => {
  it('are forgotten by their numbers, and landmarks stay', async () => {
    await using connection = await MongoConnection.open({ url: freshUrl() });
    await connection.prepareSite('site');
    const turns = connection.siteTables('site').rows<TurnRow>('turn');
    const numbers = { head: { epoch: 'e', seq: 0, hash: '' }, listed: 0, peers: 0, collections: 0, shadows: 0 };
    const row = (number: number): TurnRow => ({
      ...rowOfTurn({ number, ...numbers }, ''),
      ...{ at: 0, isDone: true, parts: 0, steps: '' },
    });
    const all = [0, 1, 999, 1_000, 1_001, 2_000, 2_199, 2_200, 3_000, 3_200];
    await turns.add(all.map(row));
    expect(await turns.remove(forgettableAt(3_200))).toBe(4);
    const left = await turns.find({}, { sort: { _id: 1 } });
    expect(left.map(({ _id }) => _id)).toEqual([0, 1_000, 2_000, 2_200, 3_000, 3_200].map(keyOfTurn));
  });
});
