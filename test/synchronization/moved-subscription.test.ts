import { describe, expect, it } from 'vitest';
import { listExceptions } from '../../src/use-cases/exchange/list-exceptions.ts';
import { subscribe, unsubscribe } from '../../src/use-cases/administration/subscribe.ts';
import { CronerCalendar } from '../../src/adapters/croner/croner-calendar.ts';
import { XmldomXPathEvaluator } from '../../src/adapters/xpath/xmldom-xpath-evaluator.ts';
import type { Pair } from '../support/synced-sites.ts';
import { card, manager, seedPair, sync } from '../support/synced-sites.ts';

const services = { calendar: new CronerCalendar(), xpath: new XmldomXPathEvaluator() };
const at = '/portal_repository';

async function syncedPair(): Promise<Pair> {
  const pair = await seedPair();
  for (const id of ['a', 'b', 'c']) await pair.publisher.put(`${at}/folder/${id}`, card(id, '1'));
  await sync(pair.subscriber, 'Repository', pair.wire);
  await sync(pair.subscriber, 'Repository', pair.wire);
  return pair;
}

async function moveTo({ subscriber }: Pair, path: string): Promise<void> {
  await subscribe(subscriber.context, { id: 'Repository', actor: manager, path }, services);
}

async function subscribeAnew({ publisher, subscriber }: Pair, path: string): Promise<void> {
  await unsubscribe(subscriber.context, manager, 'Repository');
  await subscriber.subscribe('Repository', publisher, path);
}

async function expectEqual({ publisher, subscriber, wire }: Pair, path: string): Promise<void> {
  expect(await subscriber.tree(path)).toEqual(await publisher.tree(at));
  const quiet = await sync(subscriber, 'Repository', wire);
  expect(quiet).toMatchObject({ outcome: 'done', exceptions: 0, conflicts: 0, traffic: { requests: 1 } });
}

describe('a subscription that gets another path', () => {
  it.each(['/elsewhere', '/some/where/else', '/folder-of-it'])('takes its objects along to %s', async (path) => {
    const pair = await syncedPair();
    await moveTo(pair, path);
    expect(await pair.subscriber.get(at)).toBeUndefined();
    expect(await pair.subscriber.tree(path)).toEqual(await pair.publisher.tree(at));
    const report = await sync(pair.subscriber, 'Repository', pair.wire);
    expect(report).toMatchObject({ outcome: 'done', sent: { created: 0, updated: 0, deleted: 0 } });
    await expectEqual(pair, path);
  });

  it('sends what was edited and deleted before it moved, and takes in what the publisher did', async () => {
    const pair = await syncedPair();
    const { publisher, subscriber, wire } = pair;
    await subscriber.put(`${at}/folder/a`, card('a', 'mine'));
    await subscriber.remove(`${at}/folder/b`);
    await publisher.put(`${at}/folder/c`, card('c', 'theirs'));
    await moveTo(pair, '/elsewhere');
    await subscriber.put('/elsewhere/new', card('new', '1'));
    await sync(subscriber, 'Repository', wire);
    expect(await publisher.get(`${at}/folder/a`)).toBe(card('a', 'mine'));
    expect(await publisher.get(`${at}/folder/b`)).toBeUndefined();
    expect(await subscriber.get('/elsewhere/folder/c')).toBe(card('c', 'theirs'));
    await expectEqual(pair, '/elsewhere');
  });

  it('stays where its folder was moved to when something else of it changes', async () => {
    const pair = await syncedPair();
    const { subscriber } = pair;
    await subscriber.move(at, '/moved');
    await subscribe(subscriber.context, { id: 'Repository', actor: manager, conflictPolicy: 'NEWER' }, services);
    expect(await subscriber.context.store.subscription('Repository')).toMatchObject({ path: '/moved' });
    await expectEqual(pair, '/moved');
  });

  it('is refused where something stands already, or below itself, and nothing is moved', async () => {
    const pair = await syncedPair();
    const { subscriber } = pair;
    await subscriber.put('/taken/x', card('x', '1'));
    const head = await subscriber.context.store.head();
    await expect(moveTo(pair, '/taken')).rejects.toMatchObject({ code: 'CON-R006' });
    await expect(moveTo(pair, `${at}/folder/deeper`)).rejects.toMatchObject({ code: 'CON-R008' });
    expect(await subscriber.context.store.head()).toEqual(head);
    await expectEqual(pair, at);
  });

  it('that has nothing yet comes to a folder that is there', async () => {
    const pair = await seedPair();
    await pair.subscriber.put('/taken/x', card('x', '1'));
    await moveTo(pair, '/taken');
    await sync(pair.subscriber, 'Repository', pair.wire);
    await expectEqual(pair, '/taken');
    expect(await pair.publisher.get(`${at}/x`)).toBe(card('x', '1'));
  });
});

describe('a new subscription to what another brought', () => {
  it.each([at, '/elsewhere'])('has all of it at %s', async (path) => {
    const pair = await syncedPair();
    await pair.publisher.put(`${at}/folder/b`, card('b', '2'));
    await subscribeAnew(pair, path);
    await sync(pair.subscriber, 'Repository', pair.wire);
    await expectEqual(pair, path);
    if (path !== at) expect(await pair.subscriber.tree(at)).toEqual({});
  });

  it.each([at, '/elsewhere'])('brings back to %s what was deleted here meanwhile', async (path) => {
    const pair = await syncedPair();
    await unsubscribe(pair.subscriber.context, manager, 'Repository');
    await pair.subscriber.remove(at);
    await pair.subscriber.subscribe('Repository', pair.publisher, path);
    await sync(pair.subscriber, 'Repository', pair.wire);
    await expectEqual(pair, path);
  });

  it('takes edits along that were made here meanwhile, and what was made below', async () => {
    const pair = await syncedPair();
    const { publisher, subscriber, wire } = pair;
    await subscriber.put(`${at}/folder/a`, card('a', 'mine'));
    await subscriber.put(`${at}/folder/new`, card('new', '1'));
    await subscriber.put(`${at}/folder/b`, card('mine', '1'));
    await publisher.put(`${at}/folder/b`, card('b', 'theirs'));
    await subscribeAnew(pair, '/elsewhere');
    await sync(subscriber, 'Repository', wire);
    await sync(subscriber, 'Repository', wire);
    expect(await publisher.get(`${at}/folder/a`)).toBe(card('a', 'mine'));
    expect(await publisher.get(`${at}/folder/b`)).toBe(card('mine', 'theirs'));
    expect(await publisher.get(`${at}/folder/new`)).toBe(card('new', '1'));
    await expectEqual(pair, '/elsewhere');
  });

  it.each([at, '/elsewhere'])('at %s makes no conflict of an edit that was not sent before', async (path) => {
    const pair = await syncedPair();
    const { publisher, subscriber, wire } = pair;
    await subscriber.put(`${at}/folder/a`, card('mine', '1'));
    await publisher.put(`${at}/folder/a`, card('a', 'theirs'));
    await subscribeAnew(pair, path);
    await sync(subscriber, 'Repository', wire);
    await sync(subscriber, 'Repository', wire);
    expect(await publisher.get(`${at}/folder/a`)).toBe(card('mine', 'theirs'));
    await expectEqual(pair, path);
  });

  it('lets the publisher judge an edit made here meanwhile that clashes', async () => {
    const pair = await syncedPair();
    const { publisher, subscriber, wire } = pair;
    await subscriber.put(`${at}/folder/a`, card('a', 'mine'));
    await publisher.put(`${at}/folder/a`, card('a', 'theirs'));
    await subscribeAnew(pair, '/elsewhere');
    await sync(subscriber, 'Repository', wire);
    await sync(subscriber, 'Repository', wire);
    expect(await subscriber.get('/elsewhere/folder/a')).toBe(card('a', 'theirs'));
    const [conflict] = await publisher.context.store.conflicts({ state: 'open' });
    expect(conflict).toMatchObject({ publisher: { value: 'theirs' }, subscriber: { value: 'mine' } });
    expect(await subscriber.tree('/elsewhere')).toEqual(await publisher.tree(at));
  });

  it('says of each object that another subscription has that it stands there', async () => {
    const pair = await syncedPair();
    const { publisher, subscriber, wire } = pair;
    await publisher.publish('Again', at);
    await subscriber.subscribe('Again', publisher, '/again');
    const report = await sync(subscriber, 'Again', wire);
    expect(report.exceptions).toBe(5);
    expect(await subscriber.tree(at)).toEqual(await publisher.tree(at));
    const peer = (await subscriber.context.store.subscription('Again'))?.peer ?? 0;
    const listed = await listExceptions(subscriber.context, peer);
    expect(listed).toContainEqual(expect.objectContaining({ path: `${at}/folder/a`, why: { reason: 'elsewhere' } }));
    await unsubscribe(subscriber.context, manager, 'Repository');
    expect(await sync(subscriber, 'Again', wire, { slow: true })).toMatchObject({ outcome: 'done', exceptions: 0 });
    expect(await subscriber.tree('/again')).toEqual(await publisher.tree(at));
  });

  it('leaves alone what the publisher names without ever having sent it here', async () => {
    const pair = await seedPair();
    const { publisher, subscriber, wire } = pair;
    const secret = await subscriber.put('/private/secret', card('secret', '1'));
    const identifiers = publisher.context.identifiers;
    const named = { ...identifiers, gid: () => secret.gid };
    const gid = identifiers.gid.bind(identifiers);
    Object.assign(publisher.context, { identifiers: Object.assign(Object.create(identifiers) as object, named) });
    await publisher.put(`${at}/bait`, card('bait', '1'));
    Object.assign(publisher.context, { identifiers: Object.assign(Object.create(identifiers) as object, { gid }) });
    const report = await sync(subscriber, 'Repository', wire);
    expect(report.exceptions).toBe(1);
    expect(await subscriber.get('/private/secret')).toBe(card('secret', '1'));
    expect(await subscriber.get(`${at}/bait`)).toBeUndefined();
  });
});

describe('a publication that gets another path', () => {
  it('is compared once, and the subscriber then has what stands there, and nothing else', async () => {
    const pair = await syncedPair();
    const { publisher, subscriber, wire } = pair;
    await publisher.put('/other/x', card('x', '1'));
    await publisher.remove(`${at}/folder/a`);
    await publisher.move(`${at}/folder/b`, '/other/b');
    await publisher.publish('Repository', '/other');
    await sync(subscriber, 'Repository', wire);
    await sync(subscriber, 'Repository', wire);
    expect(await subscriber.tree(at)).toEqual(await publisher.tree('/other'));
    expect(await publisher.get(`${at}/folder/c`)).toBe(card('c', '1'));
    expect((await sync(subscriber, 'Repository', wire)).traffic.requests).toBe(1);
  });

  it('leaves to the subscriber what was edited there and not sent, and says so', async () => {
    const pair = await syncedPair();
    const { publisher, subscriber, wire } = pair;
    await publisher.put('/other/x', card('x', '1'));
    await publisher.publish('Repository', '/other');
    await subscriber.put(`${at}/folder/c`, card('mine', '1'));
    await sync(subscriber, 'Repository', wire);
    const report = await sync(subscriber, 'Repository', wire);
    expect(report.exceptions).toBeGreaterThan(0);
    expect(await subscriber.get(`${at}/folder/c`)).toBe(card('mine', '1'));
    expect(await publisher.get(`${at}/folder/c`)).toBe(card('c', '1'));
  });

  it('asks before so much goes that it needs permission', async () => {
    const pair = await seedPair();
    const { publisher, subscriber, wire } = pair;
    for (let n = 0; n < 30; n += 1) await publisher.put(`${at}/p${String(n)}`, card('P', String(n)));
    await sync(subscriber, 'Repository', wire);
    await publisher.put('/other/x', card('x', '1'));
    await publisher.publish('Repository', '/other');
    const report = await sync(subscriber, 'Repository', wire);
    expect(report).toMatchObject({ outcome: 'waiting-for-permission', waiting: { deletions: 31 } });
    expect(Object.keys(await subscriber.tree(at))).toHaveLength(32);
    await sync(subscriber, 'Repository', wire, { allowDeletions: 31 });
    expect(await subscriber.tree(at)).toEqual(await publisher.tree('/other'));
  });
});
