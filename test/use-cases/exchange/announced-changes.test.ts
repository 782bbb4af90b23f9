import { describe, expect, it } from 'vitest';
import { runSync } from '../../../src/use-cases/subscriber/run-sync.ts';
import type { SyncOptions, SyncProgress } from '../../../src/use-cases/subscriber/running-sync.ts';
import type { Pair } from '../../support/synced-sites.ts';
import { card, seedPair } from '../../support/synced-sites.ts';

interface Said {
  readonly sent: string;
  readonly received: string;
}

/** How far the sync said it was after each of its messages. */
async function progressOf(pair: Pair, options: Partial<SyncOptions> = {}): Promise<readonly Said[]> {
  const said: Said[] = [];
  const of = (tally: { created: number; updated: number; deleted: number; expected: number }): string =>
    `${String(tally.created + tally.updated + tally.deleted)} of ${String(tally.expected)}`;
  pair.clock.at += 1_000;
  const { context, services } = pair.subscriber;
  const onProgress = ({ sent, received }: SyncProgress): void => {
    said.push({ sent: of(sent), received: of(received) });
  };
  const request = { id: 'Repository', options: { holder: 'test', ...options } };
  await runSync(context, request, { services, transport: pair.wire, onProgress });
  return said;
}

async function put(pair: Pair, side: 'publisher' | 'subscriber', names: readonly string[], phone = '0'): Promise<void> {
  for (const name of names) await pair[side].put(`/portal_repository/${name}`, card(name, phone));
}

const names = (letter: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, at) => `${letter}${String(at)}`);

describe('progress of a sync', () => {
  it('says from the first message on how much goes each way', async () => {
    const pair = await seedPair({}, { maxMessageOctets: 12_000 });
    await put(pair, 'publisher', names('p', 40));
    const first = await progressOf(pair);
    expect(first.length).toBeGreaterThan(2);
    for (const { received } of first.slice(1)) expect(received).toMatch(/ of 41$/);
    expect(first.at(-1)).toEqual({ sent: '0 of 0', received: '41 of 41' });
    await put(pair, 'publisher', names('p', 30), '1');
    await put(pair, 'subscriber', names('s', 25));
    const next = await progressOf(pair);
    expect(next.at(-1)).toEqual({ sent: '25 of 25', received: '30 of 30' });
    expect(next.filter(({ sent }) => sent.endsWith(' of 25'))).toEqual(next);
    const midway = next.find(({ received }) => received.endsWith(' of 30') && !received.startsWith('30 '));
    expect(midway).toBeDefined();
  });

  it('says in a comparison how much the publisher asked for', async () => {
    const pair = await seedPair({}, { maxMessageOctets: 12_000 });
    await put(pair, 'publisher', ['both']);
    await put(pair, 'subscriber', names('s', 20));
    expect((await progressOf(pair)).at(-1)).toMatchObject({ sent: '20 of 20' });
    expect((await progressOf(pair, { slow: true })).at(-1)).toEqual({ sent: '0 of 0', received: '0 of 22' });
  });

  it('announces nothing to send where nothing may be sent', async () => {
    const pair = await seedPair({ mode: 'pull' });
    await put(pair, 'publisher', ['ann']);
    await progressOf(pair);
    await put(pair, 'subscriber', ['ann'], '1');
    expect((await progressOf(pair)).at(-1)).toEqual({ sent: '0 of 0', received: '0 of 0' });
  });
});
