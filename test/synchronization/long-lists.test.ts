import { describe, expect, it } from 'vitest';
import { resolveConflicts } from '../../src/use-cases/exchange/resolve-conflict.ts';
import type { Pair } from '../support/synced-sites.ts';
import { manager, seedPair, sync } from '../support/synced-sites.ts';
import { idsOf } from './pair-in-conflict.ts';

const at = '/portal_repository';
const maxMessageOctets = 8_000;
const count = 320;

/** An object with many fields. */
function form(value: string): string {
  const fields = Array.from({ length: count }, (_, number) => `<f${number} type="string">${value}</f${number}>`);
  return `<object portal_type="Form"><title type="string">Form</title>${fields.join('')}</object>`;
}

/** Both sides have changed each field of one object, and know it. */
async function pairInConflicts(): Promise<Pair> {
  const pair = await seedPair({}, { maxMessageOctets });
  const { publisher, subscriber, wire } = pair;
  await publisher.put(`${at}/a`, form('1'));
  await sync(subscriber, 'Repository', wire);
  await publisher.put(`${at}/a`, form('10'));
  await subscriber.put(`${at}/a`, form('100'));
  await sync(subscriber, 'Repository', wire);
  expect(await idsOf(subscriber)).toHaveLength(count);
  return pair;
}

/** Syncs until nothing is asked at either side, with no message larger than was agreed. */
async function expectSettled({ publisher, subscriber, wire }: Pair): Promise<void> {
  const before = wire.requests;
  await sync(subscriber, 'Repository', wire);
  const sizes = wire.exchanges.slice(before).map(({ request }) => Buffer.byteLength(request));
  expect(Math.max(...sizes)).toBeLessThan(maxMessageOctets);
  await sync(subscriber, 'Repository', wire);
  for (const site of [publisher, subscriber]) expect(await idsOf(site)).toEqual([]);
  expect(await subscriber.tree(at)).toEqual(await publisher.tree(at));
  expect((await sync(subscriber, 'Repository', wire)).traffic.requests).toBe(1);
}

describe('a change that closes more conflicts than a message has room for', () => {
  it('goes in pieces, with what the publisher needs to take the values that were chosen', async () => {
    const pair = await pairInConflicts();
    const { publisher, subscriber } = pair;
    await resolveConflicts(subscriber.context, manager, { ids: await idsOf(subscriber), keep: 'subscriber' });
    await expectSettled(pair);
    expect(await publisher.get(`${at}/a`)).toBe(form('100'));
  });

  it('goes so when it changes nothing but where the object stands', async () => {
    const pair = await pairInConflicts();
    const { publisher, subscriber } = pair;
    await resolveConflicts(subscriber.context, manager, { ids: await idsOf(subscriber), keep: 'publisher' });
    await subscriber.move(`${at}/a`, `${at}/b`);
    await expectSettled(pair);
    expect(await publisher.get(`${at}/b`)).toBe(form('10'));
  });

  it('goes so when it is a deletion', async () => {
    const pair = await pairInConflicts();
    const { publisher, subscriber } = pair;
    await resolveConflicts(subscriber.context, manager, { ids: await idsOf(subscriber), keep: 'publisher' });
    await subscriber.remove(`${at}/a`);
    await expectSettled(pair);
    expect(await publisher.get(`${at}/a`)).toBeUndefined();
  });

  it('goes on where it was when the connection was cut between two pieces', async () => {
    const pair = await pairInConflicts();
    const { publisher, subscriber, wire } = pair;
    await resolveConflicts(subscriber.context, manager, { ids: await idsOf(subscriber), keep: 'subscriber' });
    const first = wire.requests + 1;
    wire.fault = (place, number) => {
      if (place === 'answer' && number === first + 1) throw new TypeError('cut off');
    };
    await expect(sync(subscriber, 'Repository', wire)).rejects.toThrow('cut off');
    wire.fault = () => undefined;
    await expectSettled(pair);
    expect(await publisher.get(`${at}/a`)).toBe(form('100'));
  });
});
