import { beforeEach, describe, expect, it } from 'vitest';
import { importKey, revokeKey, rotateKey, trustKey } from '../../src/use-cases/administration/keys.ts';
import type { OutgoingMessage } from '../../src/ports/transport.ts';
import { looksSealed, sealFor } from '../../src/use-cases/exchange/seals.ts';
import { runSync } from '../../src/use-cases/subscriber/run-sync.ts';
import { Carrier } from '../support/carrier.ts';
import type { HandClock } from '../support/memory-site.ts';
import { encryptRaw, makeRawKey, signRaw } from '../support/raw-openpgp.ts';
import type { TestSite } from '../support/synced-sites.ts';
import { card, manager, sync, Wire } from '../support/synced-sites.ts';
import { at, give, repository, sealedPair } from './sealed-pair.ts';

let clock: HandClock;
let publisher: TestSite;
let subscriber: TestSite;

async function begin(way: 'http' | 'carried'): Promise<void> {
  ({ clock, publisher, subscriber } = await sealedPair(way));
}

const lines = async (site: TestSite) => (await site.context.store.log()).map(({ details }) => details['code']);

describe('a sealed sync over HTTP', () => {
  beforeEach(() => begin('http'));

  it('sends nothing in clear in either direction, and ends equal', async () => {
    const wire = new Wire(publisher, subscriber);
    const seen: Uint8Array[] = [];
    const watching = {
      schemes: ['http'],
      deliver: async (message: OutgoingMessage) => {
        const answer = await wire.deliver(message);
        seen.push(message.body, answer.body);
        expect(message.contentType).toBe('application/vnd.syncml+pgp');
        return answer;
      },
    };
    const control = { services: subscriber.services, transport: watching };
    await runSync(subscriber.context, { id: repository, options: { holder: 'test' } }, control);
    expect(seen.every(looksSealed)).toBe(true);
    expect(await subscriber.tree(at)).toEqual(await publisher.tree(at));
  });

  it('goes on after both have changed their keys', async () => {
    const wire = new Wire(publisher, subscriber);
    await sync(subscriber, repository, wire);
    const before = await publisher.context.keyring?.keys();
    clock.at += 1000;
    await rotateKey(publisher.context, manager, { name: 'office' });
    // The peer does not have the next one yet: the one before signs too.
    await publisher.put(`${at}/first`, card('Second', '1'));
    await sync(subscriber, repository, wire);
    await give(publisher, 'office', subscriber, `subscription:${repository}`);
    const old = before?.find(({ name }) => name === 'office')?.fingerprint ?? '';
    await revokeKey(publisher.context, manager, old);
    await subscriber.put(`${at}/first`, card('Second', '2'));
    await sync(subscriber, repository, wire);
    expect(await subscriber.tree(at)).toEqual(await publisher.tree(at));
    expect(await publisher.get(`${at}/first`)).toBe(card('Second', '2'));
  });

  it('is refused when the subscriber does not seal', async () => {
    await subscriber.subscribe(repository, publisher, at, { keyName: '' });
    const before = await publisher.context.store.head();
    await expect(sync(subscriber, repository, new Wire(publisher, subscriber))).rejects.toMatchObject({
      code: 'CON-A005',
    });
    expect(await publisher.context.store.head()).toEqual(before);
    expect(await publisher.context.store.subscribers(repository)).toEqual([]);
    expect(await lines(publisher)).toContain('CON-A005');
  });

  it('is refused by the subscriber when the publisher does not seal', async () => {
    await publisher.publish(repository, at, { keyName: '' });
    await expect(sync(subscriber, repository, new Wire(publisher, subscriber))).rejects.toMatchObject({
      code: 'CON-A005',
    });
    expect(Object.keys(await subscriber.tree(at))).toEqual([]);
  });

  it('is not begun without a key of the publisher, or with an own one that was revoked', async () => {
    const wire = new Wire(publisher, subscriber);
    const keys = (await subscriber.context.keyring?.keys()) ?? [];
    for (const key of keys) await subscriber.context.keyring?.saveKey({ ...key, owners: [] });
    await expect(sync(subscriber, repository, wire)).rejects.toMatchObject({ code: 'CON-K004' });
    await revokeKey(subscriber.context, manager, 'field');
    await expect(sync(subscriber, repository, wire)).rejects.toMatchObject({ code: 'CON-K003' });
    expect(wire.requests).toBe(0);
  });
});

describe('a publication names an own key', () => {
  it('that is there', async () => {
    await begin('http');
    await expect(publisher.publish(repository, at, { keyName: 'nobody' })).rejects.toMatchObject({ code: 'CON-K001' });
    await expect(publisher.publish(repository, at, { keyName: 'of cps_client' })).rejects.toMatchObject({
      code: 'CON-K001',
    });
  });

  it('whose private part is encrypted at rest', async () => {
    await begin('http');
    const keys = (await publisher.context.keyring?.keys()) ?? [];
    const own = keys.find(({ name }) => name === 'office');
    expect(own?.privateKey).toMatch(/^sealed:/);
    expect(JSON.stringify(keys.filter(({ name }) => name !== 'office'))).not.toContain('PRIVATE');
  });
});

describe('a message with a bad seal changes nothing, gets no answer, and is logged', () => {
  let carrier: Carrier;
  let request: OutgoingMessage;
  let clear: Uint8Array;

  beforeEach(async () => {
    await begin('carried');
    carrier = new Carrier(publisher, subscriber);
    await subscriber.put(`${at}/forged`, card('Forged', '1'));
    const control = { services: subscriber.services, transport: carrier };
    await runSync(subscriber.context, { id: repository, options: { holder: 'test' } }, control);
    request = carrier.bag.shift() ?? expect.unreachable('a request');
    const { peer } = (await subscriber.context.store.subscription(repository)) ?? expect.unreachable('it is there');
    const stored = await subscriber.context.store.message(peer);
    const basic = Buffer.from('sync:a:b').toString('base64');
    clear = Buffer.from(
      Buffer.from(stored ?? [])
        .toString()
        .replace('@@credential@@', basic),
    );
  });

  async function privateKeyOf(site: TestSite, name: string): Promise<string> {
    const keys = (await site.context.keyring?.keys()) ?? [];
    const key = keys.find((one) => one.name === name && one.privateKey !== undefined);
    return (key?.privateKey ?? '').slice('sealed:'.length);
  }

  async function refused(body: Uint8Array): Promise<void> {
    const before = [await publisher.context.store.head(), await publisher.tree(at)];
    expect(await carrier.bring({ ...request, body })).toBe('ignored');
    expect([await publisher.context.store.head(), await publisher.tree(at)]).toEqual(before);
    expect(await publisher.context.store.subscribers(repository)).toEqual([]);
    expect(carrier.bag).toEqual([]);
    const [line] = await publisher.context.store.log();
    expect(line).toMatchObject({ level: 'warning', kind: 'access', details: { code: 'CON-A005' } });
  }

  async function encrypt(signWith?: string): Promise<Uint8Array> {
    const keys = (await publisher.context.keyring?.keys()) ?? [];
    const to = keys.find(({ name }) => name === 'office')?.publicKey ?? '';
    return encryptRaw(clear, { to, ...(signWith !== undefined && { signWith }) });
  }

  it('but the message itself is good', async () => {
    expect(await carrier.bring(request)).toBe('answered');
    expect(carrier.bag.every(({ body }) => looksSealed(body))).toBe(true);
    await carrier.bringAll();
    expect(await publisher.get(`${at}/forged`)).toBe(card('Forged', '1'));
    expect(await subscriber.tree(at)).toEqual(await publisher.tree(at));
  });

  it('in clear, with the right password', () => refused(clear));
  it('encrypted and not signed', async () => refused(await encrypt()));
  it('signed and not encrypted', async () => refused(await signRaw(clear, await privateKeyOf(subscriber, 'field'))));
  it('signed by a key that is not known', async () => refused(await encrypt((await makeRawKey('field')).privateKey)));
  it('signed by a key that is known, and trusted for nothing', async () => {
    const { publicKey: text, privateKey } = await makeRawKey('field');
    await importKey(publisher.context, manager, { text });
    await refused(await encrypt(privateKey));
  });
  it('signed by the key of another account', async () => {
    const { publicKey: text, privateKey } = await makeRawKey('other');
    const { fingerprint } = await importKey(publisher.context, manager, { text });
    await trustKey(publisher.context, manager, { name: fingerprint, owner: 'account:other' });
    await refused(await encrypt(privateKey));
  });
  it('signed by the publisher itself', async () => refused(await encrypt(await privateKeyOf(publisher, 'office'))));
  it('signed by a key that was revoked here', async () => {
    await revokeKey(publisher.context, manager, 'of cps_client');
    await refused(request.body);
  });
  it('signed by a key that has expired', async () => {
    const keys = (await publisher.context.keyring?.keys()) ?? [];
    for (const key of keys.filter(({ name }) => name === 'of cps_client'))
      await publisher.context.keyring?.saveKey({ ...key, expiresAt: clock.at - 1 });
    await refused(request.body);
  });
  it('encrypted for somebody else', async () => {
    const { publicKey: to } = await makeRawKey('elsewhere');
    await refused(await encryptRaw(clear, { to, signWith: await privateKeyOf(subscriber, 'field') }));
  });
  it('changed on its way', async () => {
    const changed = Uint8Array.from(request.body);
    changed[Math.floor(changed.length / 2)] = (changed[Math.floor(changed.length / 2)] ?? 0) ^ 1;
    await refused(changed);
  });
  it('cut', () => refused(request.body.subarray(0, request.body.length - 20)));
  it('sealed well, around something that is no SyncML', async () => {
    const owner = `subscription:${repository}` as const;
    const body = await sealFor(subscriber.context, { keyNames: ['field'], owner }, Buffer.from('<html/>'));
    await expect(carrier.bring({ ...request, body })).rejects.toMatchObject({ code: 'CON-S001' });
  });
  it('when it was answered and comes again, it gets the same answer; an older one gets none', async () => {
    await carrier.bring(request);
    const [answer] = carrier.bag.splice(0);
    await carrier.bring(request);
    const head = await publisher.context.store.head();
    const [again] = carrier.bag.splice(0);
    expect(again?.route).toEqual(answer?.route);
    await carrier.bring(answer ?? expect.unreachable('an answer'));
    await carrier.bringAll();
    await subscriber.put(`${at}/forged`, card('Forged', '2'));
    const control = { services: subscriber.services, transport: carrier };
    await runSync(subscriber.context, { id: repository, options: { holder: 'test' } }, control);
    await carrier.bringAll();
    const after = await publisher.context.store.head();
    expect(after.seq).toBeGreaterThan(head.seq);
    await carrier.bring(request);
    expect(await publisher.context.store.head()).toEqual(after);
    expect(await publisher.get(`${at}/forged`)).toBe(card('Forged', '2'));
  });
  it('at the subscriber too: a forged answer in clear', async () => {
    await carrier.bring(request);
    const answer = carrier.bag.shift() ?? expect.unreachable('an answer');
    const session = (await subscriber.context.store.subscription(repository))?.state.session;
    const forged = `<SyncML><SyncHdr><SessionID>${session?.id ?? ''}</SessionID><MsgID>1</MsgID><Target><LocURI>x</LocURI></Target><Source><LocURI>y</LocURI></Source></SyncHdr><SyncBody><Final/></SyncBody></SyncML>`;
    expect(await carrier.bring({ ...answer, body: Buffer.from(forged) })).toBe('ignored');
    expect((await subscriber.context.store.subscription(repository))?.state.session).toEqual(session);
    expect(await lines(subscriber)).toContain('CON-A005');
    expect(await carrier.bring(answer)).toBe('went-on');
  });
});
