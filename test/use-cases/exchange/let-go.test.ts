import { describe, expect, it } from 'vitest';
import { freeMemory } from '../../../src/adapters/system/free-memory.ts';
import { largeOctets } from '../../../src/use-cases/exchange/engine-services.ts';
import { IncomingBody } from '../../../src/use-cases/exchange/incoming-body.ts';
import { receiveMessage } from '../../../src/use-cases/exchange/receive-message.ts';
import { runSync } from '../../../src/use-cases/subscriber/run-sync.ts';
import { Carrier, carriedUrl } from '../../support/carrier.ts';
import { HandClock } from '../../support/memory-site.ts';
import { TestSite } from '../../support/synced-sites.ts';

const at = '/portal_repository';
const maxMessageOctets = 4_000_000;

async function carriedPair() {
  const clock = new HandClock();
  const publisher = new TestSite('cps', clock, { maxMessageOctets });
  const subscriber = new TestSite('cps_client', clock, { maxMessageOctets });
  await publisher.addAccount('sync', 'a:b');
  await publisher.put(`${at}/first`, '<card/>');
  await publisher.publish('Repository', at, { url: carriedUrl(publisher) });
  await subscriber.subscribe('Repository', publisher, at, {
    publicationUrl: carriedUrl(publisher),
    subscriptionUrl: carriedUrl(subscriber),
  });
  return { publisher, subscriber, carrier: new Carrier(publisher, subscriber) };
}

/** Gives a copy of a message to a site, and says whenever memory is freed whether the copy is still held. */
async function heldWhile(site: TestSite, carrier: Carrier): Promise<readonly boolean[]> {
  const message = carrier.bag.shift();
  const held: boolean[] = [];
  const copies: WeakRef<Uint8Array>[] = [];
  const services = {
    ...site.services,
    freeMemory: async () => {
      await freeMemory();
      held.push(copies.some((copy) => copy.deref() !== undefined));
    },
  };
  const copied = (): Uint8Array => {
    const copy = new Uint8Array(message?.body ?? []);
    copies.push(new WeakRef(copy));
    return copy;
  };
  site.clock.at += 1000;
  await receiveMessage(site.context, { body: copied() }, { services, transport: carrier, holder: 'post' });
  return held;
}

/** Begins a sync, and brings what it says until a large message lies there. */
async function bringSmall(publisher: TestSite, subscriber: TestSite, carrier: Carrier): Promise<void> {
  const control = { services: subscriber.services, transport: carrier };
  await runSync(subscriber.context, { id: 'Repository', options: { holder: 'test' } }, control);
  const isSmall = (octets = Infinity): boolean => octets < largeOctets;
  for (const to of [publisher, subscriber, publisher, subscriber])
    if (isSmall(carrier.bag[0]?.body.length)) await heldWhile(to, carrier);
}

describe('the octets of a large message', () => {
  const large = `<card>${'long '.repeat(400_000)}</card>`;

  it('are in memory no longer when a publisher takes in what they say', async () => {
    const { publisher, subscriber, carrier } = await carriedPair();
    await subscriber.put(`${at}/large`, large);
    await bringSmall(publisher, subscriber, carrier);
    expect(await heldWhile(publisher, carrier)).toEqual([false]);
  });

  it('are in memory no longer when a subscriber takes in what they say', async () => {
    const { publisher, subscriber, carrier } = await carriedPair();
    await publisher.put(`${at}/large`, large);
    await bringSmall(publisher, subscriber, carrier);
    expect(await heldWhile(subscriber, carrier)).toEqual([false]);
  });

  it('are not read again when they were let go of', () => {
    const body = new IncomingBody(new Uint8Array(3));
    body.letGo();
    expect(body.length).toBe(3);
    expect(() => body.octets).toThrow(expect.objectContaining({ code: 'CON-I001' }));
  });
});
