import { describe, expect, it } from 'vitest';
import { TransportError } from '../../src/errors/concord-error.ts';
import { answerMessage } from '../../src/use-cases/publisher/answer-message.ts';
import type { TestSite } from '../support/synced-sites.ts';
import { card, seedPair, sync } from '../support/synced-sites.ts';

const at = '/portal_repository';

async function answer(site: TestSite, text: string): Promise<string> {
  const request = { body: new TextEncoder().encode(text), remoteAddress: '127.0.0.1' };
  return new TextDecoder().decode(await answerMessage(site.context, site.services, request));
}

function lost(): never {
  throw new TransportError('CON-T001', 'lost', { retry: 'later' });
}

describe('a repeated message', () => {
  it('gets the stored answer, at first contact with its token too', async () => {
    const { publisher, subscriber, wire } = await seedPair();
    await sync(subscriber, 'Repository', wire);
    const [first, last] = [wire.exchanges[0], wire.exchanges.at(-1)];
    expect(await answer(publisher, last?.request ?? '')).toBe(last?.answer);
    const second = await seedPair();
    second.wire.fault = (where) => {
      if (where === 'answer') lost();
    };
    await expect(sync(second.subscriber, 'Repository', second.wire)).rejects.toThrow('lost');
    const sent = second.wire.exchanges[0]?.answer ?? '';
    expect(await answer(second.publisher, second.wire.exchanges[0]?.request ?? '')).toBe(sent);
    second.wire.fault = () => undefined;
    await sync(second.subscriber, 'Repository', second.wire);
    expect(second.wire.exchanges[1]?.answer).toBe(sent);
    expect(first?.answer).toContain('token=');
  });

  it('gets the stored answer when it was turned back', async () => {
    const { publisher, subscriber, wire } = await seedPair();
    await sync(subscriber, 'Repository', wire);
    await publisher.publish('Repository', at, { query: '//title' });
    const before = wire.requests;
    await sync(subscriber, 'Repository', wire);
    const turnedBack = wire.exchanges[before];
    expect(turnedBack?.answer).toContain('needs=comparison');
    const other = await seedPair();
    await sync(other.subscriber, 'Repository', other.wire);
    await other.publisher.publish('Repository', at, { query: '//title' });
    other.wire.fault = (where) => {
      if (where === 'answer') lost();
    };
    await expect(sync(other.subscriber, 'Repository', other.wire)).rejects.toThrow('lost');
    const exchange = other.wire.exchanges.at(-1);
    expect(await answer(other.publisher, exchange?.request ?? '')).toBe(exchange?.answer);
  });

  it('is refused when other bytes come under the same ids', async () => {
    const { publisher, subscriber, wire } = await seedPair();
    await sync(subscriber, 'Repository', wire);
    const request = wire.exchanges.at(-1)?.request ?? '';
    const other = await answer(publisher, request.replace('<Final/>', ''));
    expect(other).toContain('CON-S003 Another message with the same ids');
  });

  it('is refused when a later one of its session has been answered, and begins nothing anew', async () => {
    const { publisher, subscriber, wire } = await seedPair();
    await subscriber.put(`${at}/mine`, card('M', '1'));
    await sync(subscriber, 'Repository', wire);
    const rows = await publisher.context.store.subscribers('Repository');
    expect(await answer(publisher, wire.exchanges[1]?.request ?? '')).toContain('CON-S003');
    expect(await publisher.context.store.subscribers('Repository')).toEqual(rows);
  });

  it('of the first contact does not take the token away', async () => {
    const { publisher, subscriber, wire } = await seedPair();
    await sync(subscriber, 'Repository', wire);
    await sync(subscriber, 'Repository', wire);
    const [row] = await publisher.context.store.subscribers('Repository');
    await answer(publisher, wire.exchanges[0]?.request ?? '');
    const [after] = await publisher.context.store.subscribers('Repository');
    expect(after?.tokenHash).toBe(row?.tokenHash);
  });

  it('of an earlier session changes nothing', async () => {
    const { publisher, subscriber, wire } = await seedPair();
    await sync(subscriber, 'Repository', wire);
    await subscriber.put(`${at}/first`, card('1', '1'));
    await sync(subscriber, 'Repository', wire);
    const late = wire.exchanges.at(-1)?.request ?? '';
    await subscriber.put(`${at}/first`, card('2', '2'));
    await sync(subscriber, 'Repository', wire);
    const before = await publisher.tree(at);
    expect(await answer(publisher, late)).toMatch(/CON-(?:S003|E002)/);
    expect(await publisher.tree(at)).toEqual(before);
    const count = wire.requests;
    await sync(subscriber, 'Repository', wire);
    expect(wire.requests - count).toBe(1);
  });

  it('of a change is known by its number, and does not bring back what was reverted since', async () => {
    const { publisher, subscriber, wire } = await seedPair();
    await publisher.put(`${at}/a`, card('A', '1'));
    await sync(subscriber, 'Repository', wire);
    await subscriber.put(`${at}/a`, card('A', '2'));
    wire.fault = (where) => {
      if (where === 'answer') lost();
    };
    await expect(sync(subscriber, 'Repository', wire)).rejects.toThrow('lost');
    wire.fault = () => undefined;
    await publisher.put(`${at}/a`, card('A', '1'), 'paula');
    await sync(subscriber, 'Repository', wire, { restart: true });
    await sync(subscriber, 'Repository', wire);
    expect(await publisher.get(`${at}/a`)).toBe(card('A', '1'));
    expect(await subscriber.tree(at)).toEqual(await publisher.tree(at));
    expect(await publisher.context.store.conflicts()).toEqual([]);
  });
});
