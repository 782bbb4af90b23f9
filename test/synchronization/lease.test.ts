import { describe, expect, it } from 'vitest';
import { runSync } from '../../src/use-cases/subscriber/run-sync.ts';
import type { Pair } from '../support/synced-sites.ts';
import { card, seedPair, sync } from '../support/synced-sites.ts';

const leaseMs = 60_000;

/** A process has taken the lease and was killed. */
async function leaveLease({ subscriber, clock }: Pair): Promise<void> {
  const row = (await subscriber.context.store.subscription('Repository')) ?? expect.unreachable('it was there');
  const lease = { holder: 'killed', until: clock.now() + leaseMs };
  const held = { ...row, state: { ...row.state, lease } };
  await subscriber.context.store.update(async () => ({ batch: { subscriptions: [{ row: held }] }, result: undefined }));
}

/** A sync by somebody else, while one is on its way. */
async function another({ subscriber, wire }: Pair) {
  const services = { ...subscriber.services, leaseMs };
  return runSync(subscriber.context, { id: 'Repository', options: { holder: 'other' } }, { services, transport: wire });
}

describe('the lease of a sync', () => {
  it('is renewed while messages come and go, however long the sync takes', async () => {
    const pair = await seedPair({}, { maxMessageOctets: 10_000 });
    const { subscriber, wire, clock } = pair;
    for (let n = 0; n < 10; n += 1)
      await subscriber.put(`/portal_repository/${String(n)}`, card('x'.repeat(5_000), '1'));
    const refused: unknown[] = [];
    const transport = {
      schemes: wire.schemes,
      deliver: async (message: Parameters<typeof wire.deliver>[0]) => {
        clock.at += leaseMs - 1_000;
        if (refused.length < 5) await another(pair).catch((cause: unknown) => refused.push(cause));
        return wire.deliver(message);
      },
    };
    const services = { ...subscriber.services, leaseMs };
    const options = { holder: 'test' };
    const report = await runSync(subscriber.context, { id: 'Repository', options }, { services, transport });
    expect(report.outcome).toBe('done');
    expect(refused).toHaveLength(5);
    for (const cause of refused) expect(cause).toMatchObject({ code: 'CON-E001', retry: 'later' });
  });

  it('ends when nothing is heard of its holder for as long as is set', async () => {
    const pair = await seedPair();
    const { subscriber, clock } = pair;
    await sync(subscriber, 'Repository', pair.wire);
    await leaveLease(pair);
    await expect(another(pair)).rejects.toMatchObject({ code: 'CON-E001' });
    clock.at += leaseMs;
    expect((await another(pair)).outcome).toBe('done');
  });

  it('that a killed process has left holds nobody up when the clock was set back since', async () => {
    const pair = await seedPair();
    const { subscriber, clock } = pair;
    await sync(subscriber, 'Repository', pair.wire);
    await leaveLease(pair);
    clock.at -= 30 * 86_400_000;
    expect((await another(pair)).outcome).toBe('done');
  });

  it('is renewed when the clock was set back, and still refuses others', async () => {
    const pair = await seedPair({}, { maxMessageOctets: 10_000 });
    const { subscriber, wire, clock } = pair;
    for (let n = 0; n < 6; n += 1)
      await subscriber.put(`/portal_repository/${String(n)}`, card('x'.repeat(5_000), '1'));
    const refused: unknown[] = [];
    let delivered = 0;
    const transport = {
      schemes: wire.schemes,
      deliver: async (message: Parameters<typeof wire.deliver>[0]) => {
        delivered += 1;
        if (delivered === 1) clock.at -= 86_400_000;
        if (delivered === 3) await another(pair).catch((cause: unknown) => refused.push(cause));
        return wire.deliver(message);
      },
    };
    const services = { ...subscriber.services, leaseMs };
    const options = { holder: 'test' };
    const report = await runSync(subscriber.context, { id: 'Repository', options }, { services, transport });
    expect(report.outcome).toBe('done');
    expect(refused).toMatchObject([{ code: 'CON-E001' }]);
  });
});
