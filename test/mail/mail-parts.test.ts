import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import type { SubscriptionState } from '../../src/synchronization/subscription.ts';
import { at, id, Offices } from '../support/mail-offices.ts';
import type { Mail } from '../support/mail-relay.ts';
import { mailOf } from '../support/mail-relay.ts';
import { card } from '../support/synced-sites.ts';

/** Text that does not get shorter. */
const noise = createHash('shake256', { outputLength: 30_000 }).update('noise').digest('base64');
let offices: Offices;

beforeEach(async () => {
  offices = await new Offices({ maxMailOctets: 20_000 }).open();
});

/** The mails of an answer that is larger than one, and the last of them. */
async function answerInParts(): Promise<{ readonly parts: readonly Mail[]; readonly last: Mail }> {
  await offices.publisher.put(`${at}/large`, card(noise, '1'));
  await offices.handOver();
  await offices.relay.bring(offices.relay.bag.shift() ?? expect.unreachable('a request'));
  return bringAllButLast();
}

async function bringAllButLast(): Promise<{ readonly parts: readonly Mail[]; readonly last: Mail }> {
  const parts = offices.relay.bag.splice(0);
  const last = parts.pop() ?? expect.unreachable('a part');
  expect(parts).not.toEqual([]);
  for (const part of parts) expect(await offices.relay.bring(part)).toEqual({ outcome: 'kept' });
  return { parts, last };
}

/** As a sync elsewhere does it. */
async function lease(held: SubscriptionState['lease']): Promise<void> {
  const { store } = offices.subscriber.context;
  await store.update(async () => {
    const row = (await store.subscription(id)) ?? expect.unreachable('a subscription');
    return { batch: { subscriptions: [{ row: { ...row, state: { ...row.state, lease: held } } }] }, result: undefined };
  });
}

const octetsKept = () => offices.subscriber.context.parts?.dropOlderParts(0);

describe('the parts of a message', () => {
  it('stay until it is taken in: only the last comes again, where it could not be', async () => {
    const { last } = await answerInParts();
    await lease({ holder: 'another', until: offices.clock.at + 10_000 });
    await expect(offices.relay.bring(last)).rejects.toMatchObject({ code: 'CON-E001', retry: 'later' });
    await lease(undefined);
    expect(await offices.relay.bring(last)).toEqual({ outcome: 'taken' });
    await offices.expectEqual();
    expect(await octetsKept()).toBe(0);
  });

  it('go where one was changed on its way, and count when they come anew', async () => {
    const { parts, last } = await answerInParts();
    const raw = Buffer.from(last.raw);
    const inFile = raw.indexOf('\r\n\r\n', raw.lastIndexOf('Content-Disposition: attachment')) + 100;
    raw[inFile] = raw[inFile] === 0x41 ? 0x42 : 0x41;
    expect(await offices.relay.bring({ ...last, raw })).toMatchObject({
      why: expect.stringMatching(/changed/) as string,
    });
    expect(await octetsKept()).toBe(0);
    for (const part of [...parts, last]) await offices.relay.bring(part);
    await offices.expectEqual();
  });

  it('go where they are no message together', async () => {
    const route = { kind: 'answer', publication: id, session: 's', message: 1 } as const;
    const [from, to] = [`mailto:${mailOf(offices.publisher)}`, `mailto:${mailOf(offices.subscriber)}`];
    await offices.relay.deliver({
      url: to,
      body: Buffer.from(`<html>${noise}</html>`),
      contentType: 'application/vnd.syncml+xml',
      route: { ...route, from, subscription: to },
    });
    const { last } = await bringAllButLast();
    expect(await offices.relay.bring(last)).toMatchObject({ outcome: 'ignored' });
    expect(await octetsKept()).toBe(0);
  });
});
