import { describe, expect, it } from 'vitest';
import { FillingAhead } from '../../../src/use-cases/exchange/filling-ahead.ts';
import type { MessageSource } from '../../../src/use-cases/exchange/filling-ahead.ts';
import { publisherOutlook } from '../../../src/use-cases/publisher/publisher-outlook.ts';
import { HandClock } from '../../support/memory-site.ts';
import type { Pair } from '../../support/synced-sites.ts';
import { card, seedPair, sync, Wire } from '../../support/synced-sites.ts';
import type { OutgoingMessage } from '../../../src/ports/transport.ts';

const small = { maxMessageOctets: 12_000 };

async function putCards(site: Pair['publisher'], from: number, count: number): Promise<void> {
  for (let number = from; number < from + count; number++)
    await site.put(`/portal_repository/card-${number}`, card(`Card ${number}`, 'x'.repeat(200)));
}

/** A wire that notes what it was told to prepare, and what it delivered; `rewrite` changes the answers. */
class WatchedWire extends Wire {
  readonly prepared = new Set<Uint8Array>();
  readonly delivered: Uint8Array[] = [];
  rewrite: (answer: string) => string = (answer) => answer;

  prepare({ body }: Pick<OutgoingMessage, 'body'>): void {
    this.prepared.add(body);
  }

  override async deliver(message: OutgoingMessage): ReturnType<Wire['deliver']> {
    this.delivered.push(message.body);
    const { body, ...delivery } = await super.deliver(message);
    return { ...delivery, body: new TextEncoder().encode(this.rewrite(new TextDecoder().decode(body))) };
  }
}

/** What the publisher's next message would be filled from: all of its cards and the seed's document, as the first sync is not confirmed yet. */
async function openSource({ publisher }: Pair): Promise<MessageSource> {
  const { store } = publisher.context;
  const publication = await store.publication('Repository');
  const [subscriber] = await store.subscribers('Repository');
  if (publication === undefined || subscriber === undefined) throw new Error('the pair has not synchronised yet');
  const head = await store.head();
  const query = publisher.services.query('objectValues');
  const outlook = publisherOutlook(publisher.context, { publication, subscriber, query }, head.seq);
  const filling = { cursor: { stage: 'start' as const }, isBraked: false };
  return { key: 'first', outlook, filling, epoch: head.epoch, room: 1_000_000 };
}

describe('a message that is filled ahead', () => {
  it('brings what a message filled in its turn would bring, both ways and over many messages', async () => {
    const pair = await seedPair({}, small);
    const { publisher, subscriber, wire } = pair;
    await putCards(publisher, 0, 120);
    await putCards(subscriber, 200, 120);
    const report = await sync(subscriber, 'Repository', wire);
    expect(report.traffic.requests).toBeGreaterThan(8);
    await sync(subscriber, 'Repository', wire);
    expect(Object.keys(await subscriber.tree('/portal_repository'))).toHaveLength(241);
    expect(await subscriber.tree('/portal_repository')).toEqual(await publisher.tree('/portal_repository'));
  });

  it('leaves out what is written after the session has read the log, and the next sync brings it', async () => {
    const pair = await seedPair({}, small);
    const { publisher, subscriber, wire } = pair;
    await putCards(publisher, 0, 60);
    let edits: Promise<unknown> = Promise.resolve();
    wire.fault = (where, count) => {
      if (where === 'answer' && count === 2) edits = putCards(publisher, 50, 20);
    };
    await sync(subscriber, 'Repository', wire);
    await edits;
    expect(Object.keys(await subscriber.tree('/portal_repository'))).toHaveLength(61);
    await sync(subscriber, 'Repository', wire);
    expect(await subscriber.tree('/portal_repository')).toEqual(await publisher.tree('/portal_repository'));
  });

  it('is written and prepared ahead, and goes out as it was', async () => {
    const { publisher, subscriber, wire: usual } = await seedPair({}, small);
    await sync(subscriber, 'Repository', usual);
    await putCards(subscriber, 0, 120);
    const wire = new WatchedWire(publisher);
    await sync(subscriber, 'Repository', wire);
    const asPrepared = wire.delivered.filter((body) => wire.prepared.has(body));
    expect(wire.prepared.size).toBeGreaterThan(3);
    // The first answer has a greeting, which the second message speaks of.
    expect(asPrepared).toHaveLength(wire.prepared.size - 1);
    expect(await subscriber.tree('/portal_repository')).toEqual(await publisher.tree('/portal_repository'));
  });

  it('is written anew when there is something else to say of the answer than was expected', async () => {
    const { publisher, subscriber, wire: usual } = await seedPair({}, small);
    await sync(subscriber, 'Repository', usual);
    await putCards(subscriber, 0, 120);
    const wire = new WatchedWire(publisher);
    const other = 'http://other.example/cps';
    wire.rewrite = (answer) => answer.replace(`<Source><LocURI>${publisher.url}<`, `<Source><LocURI>${other}<`);
    await sync(subscriber, 'Repository', wire);
    expect(wire.prepared.size).toBeGreaterThan(3);
    expect(wire.delivered.filter((body) => wire.prepared.has(body))).toHaveLength(0);
    for (const { request } of wire.exchanges.slice(1)) expect(request).toContain(`<SourceRef>${other}</SourceRef>`);
    expect(await subscriber.tree('/portal_repository')).toEqual(await publisher.tree('/portal_repository'));
  });

  it('is the one that was begun', async () => {
    const pair = await seedPair();
    await sync(pair.subscriber, 'Repository', pair.wire);
    await putCards(pair.publisher, 0, 3);
    const source = await openSource(pair);
    const ahead = new FillingAhead(new HandClock());
    ahead.begin(source);
    const begun = await ahead.take({ ...source, filling: { ...source.filling, cursor: { stage: 'done' } } });
    expect(begun.filled.changes).toHaveLength(4);
    const again = await ahead.take({ ...source, filling: { ...source.filling, cursor: { stage: 'done' } } });
    expect(again.filled.changes).toHaveLength(0);
  });

  it('is thrown away when an exception has come up since', async () => {
    const pair = await seedPair();
    const { publisher } = pair;
    await sync(pair.subscriber, 'Repository', pair.wire);
    await putCards(publisher, 0, 1);
    const source = await openSource(pair);
    const ahead = new FillingAhead(new HandClock());
    ahead.begin(source);
    const { gid } = (await publisher.context.store.children(source.outlook.root))[0] ?? {};
    if (gid === undefined) throw new Error('there is no card');
    const held = { reason: 'refused', code: 415, holds: { kind: 'nothing' } } as const;
    const exceptions = [{ peer: source.outlook.peer, gid, exception: held }];
    // The filling that was begun has read before the exception is there.
    await ahead.take({ ...source, key: 'another' });
    await publisher.context.store.update(async () => ({ batch: { exceptions }, result: undefined }));
    const message = await ahead.take({ ...source, filling: { ...source.filling, cursor: { stage: 'done' } } });
    expect(message.filled.changes).toHaveLength(0);
  });

  it('is not begun for more sessions at a time than memory is meant for, until they have had their time', async () => {
    const pair = await seedPair();
    await sync(pair.subscriber, 'Repository', pair.wire);
    await putCards(pair.publisher, 0, 1);
    const source = await openSource(pair);
    const done = { ...source, filling: { ...source.filling, cursor: { stage: 'done' as const } } };
    const clock = new HandClock();
    const ahead = new FillingAhead(clock);
    for (const key of ['1', '2', '3', '4', '5']) ahead.begin({ ...source, key });
    expect((await ahead.take({ ...done, key: '5' })).filled.changes).toHaveLength(0);
    expect((await ahead.take({ ...done, key: '4' })).filled.changes).toHaveLength(2);
    clock.at += 60_000;
    ahead.begin({ ...source, key: '6' });
    expect((await ahead.take({ ...done, key: '1' })).filled.changes).toHaveLength(0);
    expect((await ahead.take({ ...done, key: '6' })).filled.changes).toHaveLength(2);
  });
});
