import { describe, expect, it } from 'vitest';
import { CronerCalendar } from '../../src/adapters/croner/croner-calendar.ts';
import { TransportError } from '../../src/errors/concord-error.ts';
import type { OutgoingMessage } from '../../src/ports/transport.ts';
import { distribute } from '../../src/use-cases/administration/schedule.ts';
import { receiveMessage } from '../../src/use-cases/exchange/receive-message.ts';
import { runSync } from '../../src/use-cases/subscriber/run-sync.ts';
import type { SyncReport } from '../../src/use-cases/subscriber/run-sync.ts';
import type { SyncOptions } from '../../src/use-cases/subscriber/running-sync.ts';
import { Carrier, carriedUrl } from '../support/carrier.ts';
import { HandClock } from '../support/memory-site.ts';
import { card, TestSite } from '../support/synced-sites.ts';

const at = '/portal_repository';

interface Carried {
  readonly publisher: TestSite;
  readonly subscriber: TestSite;
  readonly carrier: Carrier;
  readonly clock: HandClock;
}

async function carriedPair(options: { readonly maxMessageOctets?: number } = {}): Promise<Carried> {
  const clock = new HandClock();
  const publisher = new TestSite('cps', clock, options);
  const subscriber = new TestSite('cps_client', clock, options);
  await publisher.addAccount('sync', 'a:b');
  await publisher.put(`${at}/first`, card('First', '1'));
  await publisher.publish('Repository', at, { url: carriedUrl(publisher) });
  await subscriber.subscribe('Repository', publisher, at, {
    publicationUrl: carriedUrl(publisher),
    subscriptionUrl: carriedUrl(subscriber),
  });
  return { publisher, subscriber, carrier: new Carrier(publisher, subscriber), clock };
}

async function handOver({ subscriber, carrier }: Carried, options: Partial<SyncOptions> = {}): Promise<SyncReport> {
  subscriber.clock.at += 1000;
  return runSync(
    subscriber.context,
    { id: 'Repository', options: { holder: 'test', ...options } },
    { services: subscriber.services, transport: carrier },
  );
}

/** A whole sync. Returns how many messages it took. */
async function syncCarried(pair: Carried): Promise<number> {
  await handOver(pair);
  return pair.carrier.bringAll();
}

const stateOf = async ({ subscriber }: Carried) =>
  (await subscriber.context.store.subscription('Repository'))?.state ?? expect.unreachable('it is there');

describe('a sync whose messages are carried', () => {
  it('returns when its message is handed over, and waits', async () => {
    const pair = await carriedPair();
    const report = await handOver(pair);
    expect(report.outcome).toBe('handed-over');
    expect((await stateOf(pair)).session?.handedOver).toMatchObject({ since: pair.clock.at, times: 1 });
    expect((await stateOf(pair)).waiting).toBeUndefined();
  });

  it('goes on when the answer is brought, and ends with both sides equal', async () => {
    const pair = await carriedPair();
    await syncCarried(pair);
    expect(await pair.subscriber.tree(at)).toEqual(await pair.publisher.tree(at));
    expect((await stateOf(pair)).session).toBeUndefined();
    expect((await stateOf(pair)).lastSyncAt).toBe(pair.clock.at - 1000);
  });

  it('counts the octets of a message that it handed over, without reading it again', async () => {
    const pair = await carriedPair();
    await syncCarried(pair);
    await handOver(pair);
    const request = pair.carrier.bag.shift() ?? expect.unreachable('it was handed over');
    await pair.carrier.bring(request);
    const answer = pair.carrier.bag.shift() ?? expect.unreachable('it was answered');
    const { context, services } = pair.subscriber;
    const store = new Proxy(context.store, {
      get: (real, name): unknown => {
        if (name === 'message') return expect.unreachable('it may be large');
        const member: unknown = Reflect.get(real, name);
        return typeof member === 'function' ? member.bind(real) : member;
      },
    });
    const reception = { services, transport: pair.carrier, holder: 'test' };
    const received = await receiveMessage({ ...context, store }, { body: answer.body }, reception);
    expect(received).toMatchObject({
      report: { traffic: { requests: 1, octetsSent: request.body.length, octetsReceived: answer.body.length } },
    });
  });

  it('takes one message each way when nothing has changed, and three in all when something has', async () => {
    const pair = await carriedPair();
    const { publisher, subscriber } = pair;
    await syncCarried(pair);
    expect(await syncCarried(pair)).toBe(2);
    await publisher.put(`${at}/first`, card('of the publisher', '1'));
    expect(await syncCarried(pair)).toBe(3);
    await subscriber.put(`${at}/first`, card('of the publisher', '2'));
    expect(await syncCarried(pair)).toBe(2);
    await publisher.put(`${at}/first`, card('again', '2'));
    await subscriber.put(`${at}/first`, card('of the publisher', '3'));
    expect(await syncCarried(pair)).toBe(3);
    expect(await syncCarried(pair)).toBe(2);
    expect(await publisher.get(`${at}/first`)).toBe(card('again', '3'));
    expect(await subscriber.tree(at)).toEqual(await publisher.tree(at));
  });

  it('needs no farewell to arrive', async () => {
    const pair = await carriedPair();
    await handOver(pair);
    await pair.carrier.bring(pair.carrier.bag.shift() ?? expect.unreachable('a request'));
    await pair.carrier.bring(pair.carrier.bag.shift() ?? expect.unreachable('an answer'));
    expect(pair.carrier.bag.splice(0)).toHaveLength(1);
    await pair.publisher.put(`${at}/second`, card('Second', '2'));
    await pair.subscriber.put(`${at}/first`, card('First', '3'));
    await syncCarried(pair);
    expect(await pair.subscriber.tree(at)).toEqual(await pair.publisher.tree(at));
    expect(await syncCarried(pair)).toBe(2);
    expect(await pair.publisher.context.store.log({ subject: carriedUrl(pair.subscriber) })).toEqual([]);
  });

  it('tells with the next sync what became of a conflict before the farewell came, which nobody answers', async () => {
    const pair = await carriedPair();
    const { publisher, subscriber, carrier } = pair;
    await syncCarried(pair);
    await subscriber.put(`${at}/first`, card('First', '2'));
    await publisher.put(`${at}/first`, card('First', '3'));
    await handOver(pair);
    for (const _ of ['the request', 'the answer'])
      await carrier.bring(carrier.bag.shift() ?? expect.unreachable('is there'));
    const open = { state: 'open' } as const;
    expect(await subscriber.context.store.conflicts(open)).toHaveLength(1);
    await publisher.put(`${at}/first`, card('First', '2'));
    expect(await publisher.context.store.conflicts(open)).toEqual([]);
    await carrier.bringAll();
    await syncCarried(pair);
    expect(await subscriber.context.store.conflicts(open)).toEqual([]);
  });

  it('hands the same bytes over again, with growing pauses', async () => {
    const pair = await carriedPair();
    await handOver(pair);
    const pauses: number[] = [];
    for (let times = 0; times < 4; times += 1) {
      const { handedOver } = (await stateOf(pair)).session ?? {};
      pauses.push((handedOver?.againAt ?? 0) - (handedOver?.lastAt ?? 0));
      await handOver(pair, { isPatient: true });
      expect(pair.carrier.sent).toHaveLength(times + 1);
      pair.clock.at = handedOver?.againAt ?? 0;
      await handOver(pair, { isPatient: true });
    }
    expect(pauses).toEqual([1, 2, 4, 8].map((factor) => factor * 15 * 60_000));
    expect(new Set(pair.carrier.sent.map(({ body }) => new TextDecoder().decode(body))).size).toBe(1);
  });

  it('is handed over again by the clock when its pause is over, and not sooner', async () => {
    const pair = await carriedPair();
    const { context } = pair.subscriber;
    await handOver(pair);
    await distribute(context, new CronerCalendar());
    expect(await context.queue.list()).toEqual([]);
    pair.clock.at = (await stateOf(pair)).session?.handedOver?.againAt ?? 0;
    await distribute(context, new CronerCalendar());
    await distribute(context, new CronerCalendar());
    expect((await context.queue.list()).map(({ work }) => work)).toEqual([
      { name: 'synchronize', subscription: 'Repository', options: { isPatient: true } },
    ]);
  });

  it('takes in an answer once, however often it is brought', async () => {
    const pair = await carriedPair();
    await handOver(pair);
    await pair.carrier.bring(pair.carrier.bag.shift() ?? expect.unreachable('a request'));
    const answer = pair.carrier.bag.shift() ?? expect.unreachable('an answer');
    expect(await pair.carrier.bring(answer)).toBe('went-on');
    const before = await pair.subscriber.context.store.head();
    expect(await pair.carrier.bring(answer)).toBe('ignored');
    expect(await pair.subscriber.context.store.head()).toEqual(before);
  });

  it('gives a doubled request the same answer', async () => {
    const pair = await carriedPair();
    await handOver(pair);
    const request = pair.carrier.bag.shift() ?? expect.unreachable('a request');
    await pair.carrier.bring(request);
    const head = await pair.publisher.context.store.head();
    await pair.carrier.bring(request);
    const [first, second] = pair.carrier.bag;
    expect(Buffer.from(first?.body ?? []).toString()).toBe(Buffer.from(second?.body ?? []).toString());
    expect(first?.body.length).toBeGreaterThan(0);
    expect(await pair.publisher.context.store.head()).toEqual(head);
  });

  it('gives no answer to somebody whom it does not know', async () => {
    const pair = await carriedPair();
    await pair.publisher.context.accounts.removeAccount('sync');
    await handOver(pair);
    expect(await pair.carrier.bring(pair.carrier.bag.shift() ?? expect.unreachable('a request'))).toBe('ignored');
    expect(pair.carrier.bag).toEqual([]);
    const [line] = await pair.publisher.context.store.log();
    expect(line).toMatchObject({ kind: 'access', level: 'warning' });
  });

  it('tries again by an activity when the way of an answer fails', async () => {
    const pair = await carriedPair();
    await handOver(pair);
    const request = pair.carrier.bag.shift() ?? expect.unreachable('a request');
    pair.carrier.fault = () => {
      throw new TransportError('CON-T001', 'no mail server', { retry: 'later' });
    };
    expect(await pair.carrier.bring(request)).toBe('answered');
    const [activity] = await pair.publisher.context.queue.list();
    expect(activity?.work).toMatchObject({ name: 'deliver-answer', to: carriedUrl(pair.subscriber) });
  });

  it('is tried again after the way failed, with the same message', async () => {
    const pair = await carriedPair();
    pair.carrier.fault = () => {
      throw new TransportError('CON-T001', 'no mail server', { retry: 'later' });
    };
    await expect(handOver(pair)).rejects.toMatchObject({ code: 'CON-T001' });
    expect((await stateOf(pair)).session?.handedOver).toMatchObject({ times: 1 });
    expect((await stateOf(pair)).waiting).toMatchObject({ for: 'retry', code: 'CON-T001' });
    pair.carrier.fault = () => undefined;
    await handOver(pair);
    expect((await stateOf(pair)).waiting).toBeUndefined();
    await pair.carrier.bringAll();
    expect(await pair.subscriber.tree(at)).toEqual(await pair.publisher.tree(at));
  });

  it('settles a clash like every other sync', async () => {
    const pair = await carriedPair();
    const { publisher, subscriber } = pair;
    await syncCarried(pair);
    await publisher.put(`${at}/first`, card('of the publisher', '1'));
    await subscriber.put(`${at}/first`, card('of the subscriber', '1'));
    expect(await syncCarried(pair)).toBe(3);
    await handOver(pair);
    // An edit between two messages clashes with what the answer brings: the next sync settles it.
    await publisher.put(`${at}/first`, card('of the publisher', '2'));
    await pair.carrier.bring(pair.carrier.bag.shift() ?? expect.unreachable('a request'));
    await subscriber.put(`${at}/first`, card('of the publisher', '3'));
    await pair.carrier.bringAll();
    for (let round = 0; round < 2; round += 1) await syncCarried(pair);
    expect(await subscriber.tree(at)).toEqual(await publisher.tree(at));
    expect(await publisher.context.store.countConflicts({ state: 'open' })).toBe(2);
  });
});

/** A generator of numbers below a bound, the same for the same seed. */
function numbersFrom(seed: number): (below: number) => number {
  let state = seed * 2_654_435_761 + 1;
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x3d4d51cb) >>> 0;
    return (state >>> 8) % below;
  };
}

async function edit(site: TestSite, next: (below: number) => number): Promise<void> {
  const path = `${at}/${next(8)}`;
  if (next(6) === 0 && (await site.get(path)) !== undefined) await site.remove(path);
  else await site.put(path, card(next(2) === 0 ? 'same' : `${site.context.site} ${next(100)}`, `${next(100)}`));
}

/** Some mail is lost, doubled, kept for later or overtaken. */
async function carryBadly(
  { carrier }: Carried,
  next: (below: number) => number,
  kept: OutgoingMessage[],
): Promise<void> {
  for (let steps = 0; steps < 12 && carrier.bag.length > 0; steps += 1) {
    const [message] = carrier.bag.splice(next(carrier.bag.length), 1);
    if (message === undefined) return;
    const fate = next(8);
    if (fate === 0) continue;
    if (fate === 1) kept.push(message);
    else await carrier.bring(message);
    if (fate === 2) kept.push(message);
    const [late] = next(4) === 0 ? kept.splice(next(Math.max(1, kept.length)), 1) : [];
    if (late !== undefined) await carrier.bring(late);
  }
}

describe('messages that are lost, doubled, late or reordered', () => {
  const seeds = Array.from({ length: 60 }, (_, seed) => seed + 1);

  it.each(seeds)('lose nothing in the end (seed %i)', async (seed) => {
    const pair = await carriedPair({ maxMessageOctets: seed % 3 === 0 ? 12_000 : 1_000_000 });
    const next = numbersFrom(seed);
    const kept: OutgoingMessage[] = [];
    for (let round = 0; round < 8; round += 1) {
      for (let edits = next(4); edits > 0; edits -= 1)
        await edit(next(2) === 0 ? pair.publisher : pair.subscriber, next);
      await handOver(pair);
      await carryBadly(pair, next, kept);
    }
    await pair.carrier.bringAll();
    for (let round = 0; round < 6; round += 1) await syncCarried(pair);
    expect((await stateOf(pair)).session).toBeUndefined();
    expect(await pair.subscriber.tree(at)).toEqual(await pair.publisher.tree(at));
    expect(await syncCarried(pair)).toBe(2);
  });
});
