import { beforeEach, describe, expect, it } from 'vitest';
import { CronerCalendar } from '../../../src/adapters/croner/croner-calendar.ts';
import { XmldomXPathEvaluator } from '../../../src/adapters/xpath/xmldom-xpath-evaluator.ts';
import { TransportError } from '../../../src/errors/concord-error.ts';
import { formatPath } from '../../../src/objects/path.ts';
import { pathOf } from '../../../src/use-cases/objects/read-object.ts';
import type { SubscriptionSettings } from '../../../src/use-cases/administration/subscribe.ts';
import { subscribe, unsubscribe } from '../../../src/use-cases/administration/subscribe.ts';
import { HandClock } from '../../support/memory-site.ts';
import { card, manager, seedPair, sync, TestSite } from '../../support/synced-sites.ts';

const services = { calendar: new CronerCalendar(), xpath: new XmldomXPathEvaluator() };
const urls = {
  publicationUrl: 'http://localhost:9673/cps',
  subscriptionUrl: 'http://localhost:9673/cps_client/Repository',
};
let site: TestSite;
beforeEach(() => {
  site = new TestSite('cps_client', new HandClock());
});

function take(settings: SubscriptionSettings, id = 'Repository', at = site) {
  return subscribe(at.context, { id, actor: manager, ...settings }, services);
}

describe('subscribe', () => {
  it('makes the path, and names the publication like itself', async () => {
    const { subscription, outcome } = await take({ ...urls, path: '/cps_client/portal_repository/deep' });
    expect(outcome).toBe('created');
    expect(subscription).toMatchObject({
      publication: 'Repository',
      path: '/portal_repository/deep',
      terms: { mode: 'two-way', strategy: ['create', 'update', 'delete'], conflictPolicy: 'ASK' },
    });
    expect(formatPath(await pathOf(site.context.store, subscription.root))).toBe('/portal_repository/deep');
  });

  it('seals the password', async () => {
    const { subscription } = await take({ ...urls, path: '/r', user: 'sync', password: 'a:b' });
    expect(subscription.password).not.toBe('a:b');
    expect(site.context.vault.open(subscription.password)).toBe('a:b');
  });

  it.each([
    [{ ...urls }, 'CON-R008'],
    [{ path: '/r', publicationUrl: urls.publicationUrl }, 'CON-R008'],
    [{ path: '/r', subscriptionUrl: urls.subscriptionUrl }, 'CON-R008'],
    [{ ...urls, path: '/r', publicationUrl: 'localhost' }, 'CON-R008'],
    [{ ...urls, path: '/r', mapping: 'asPDF' }, 'CON-R005'],
    [{ ...urls, path: '/r', conduit: 'pigeon' }, 'CON-R005'],
    [{ ...urls, path: '/r', query: 'some' }, 'CON-R005'],
    [{ ...urls, path: '/r', schedule: 'often' }, 'CON-R008'],
    [{ ...urls, path: '/r', schedule: '0 0 31 2 *' }, 'CON-R008'],
    [{ ...urls, path: '/r', keyName: 'office' }, 'CON-K001'],
    [{ ...urls, path: '/r', publicationUrl: 'ftp://localhost/cps' }, 'CON-W007'],
    [{ ...urls, path: '/r', publicationUrl: 'mailto:cps@localhost?subject=x' }, 'CON-R008'],
    [{ ...urls, path: '/r', publicationUrl: 'ftp://localhost/cps' }, 'CON-W007'],
    [{ ...urls, path: '/r', publicationUrl: 'http://sync:secret@localhost:9673/cps' }, 'CON-R008'],
    [{ ...urls, path: '/r', publicationUrl: 'http://localhost:9673/cps_client/' }, 'CON-E005'],
  ])('refuses %j with %s, and makes nothing', async (settings, code) => {
    await expect(take(settings)).rejects.toMatchObject({ code });
    expect(await site.context.store.subscriptions()).toEqual([]);
    expect(await site.context.store.head()).toMatchObject({ seq: 0 });
  });

  it.each(['/', '/a', '/a/b', '/a/b/c'])('refuses %s where /a/b has a source already', async (path) => {
    await take({ ...urls, path: '/a/b' });
    const other = { ...urls, subscriptionUrl: 'http://localhost:9673/cps_client/Other', path };
    await expect(take(other, 'Other')).rejects.toMatchObject({ code: 'CON-E005' });
  });

  it.each(['/a/c', '/a/bb', '/b'])('takes %s beside /a/b', async (path) => {
    await take({ ...urls, path: '/a/b' });
    const other = { ...urls, subscriptionUrl: 'http://localhost:9673/cps_client/Other', path };
    expect((await take(other, 'Other')).outcome).toBe('created');
  });

  it('refuses the URL of another subscription, because the publisher knows it by that', async () => {
    await take({ ...urls, path: '/a' });
    await expect(take({ ...urls, path: '/b' }, 'Other')).rejects.toMatchObject({ code: 'CON-R006' });
  });

  it('refuses a publication that is taken to another path already, because an object has one place', async () => {
    await take({ ...urls, path: '/a' });
    const other = { ...urls, publication: 'Repository', subscriptionUrl: `${urls.subscriptionUrl}2`, path: '/b' };
    await expect(take(other, 'Other')).rejects.toMatchObject({ code: 'CON-E005' });
  });

  it('keeps the secret of a refused URL out of the message', async () => {
    const settings = { ...urls, path: '/r', publicationUrl: 'http://sync:secret@localhost:9673/cps' };
    await expect(take(settings)).rejects.toThrow(/^(?!.*secret@)/);
  });

  it('changes what is said, and leaves the rest as it is', async () => {
    await take({ ...urls, path: '/r', mode: 'pull', user: 'sync', password: 'a:b' });
    const { subscription, outcome } = await take({ conflictPolicy: 'NEWER' });
    expect(outcome).toBe('changed');
    expect(subscription).toMatchObject({ terms: { mode: 'pull', conflictPolicy: 'NEWER' }, user: 'sync', path: '/r' });
    expect(site.context.vault.open(subscription.password)).toBe('a:b');
    expect((await take({ conflictPolicy: 'NEWER' })).outcome).toBe('unchanged');
  });
});

describe('the password of a subscription', () => {
  const before = { ...urls, path: '/r', user: 'sync', password: 'a:b' };

  it.each([
    { publicationUrl: 'http://localhost:9674/cps' },
    { publicationUrl: 'https://localhost:9673/cps' },
    { publicationUrl: 'mailto:cps@localhost' },
    { user: 'other' },
  ])('is not shown to somebody else: %j needs it again, and changes nothing without', async (change) => {
    await take(before);
    const kept = /the one of sync at http:\/\/localhost:9673; give the one of/;
    await expect(take(change)).rejects.toThrow(kept);
    expect(await site.context.store.subscription('Repository')).toMatchObject({
      publicationUrl: urls.publicationUrl,
      user: 'sync',
    });
    const { subscription } = await take({ ...change, password: 'another' });
    expect(site.context.vault.open(subscription.password)).toBe('another');
  });

  it('stays for another site of the same server, and goes with its account', async () => {
    await take(before);
    const moved = await take({ publicationUrl: 'http://localhost:9673/other' });
    expect(site.context.vault.open(moved.subscription.password)).toBe('a:b');
    expect((await take({ user: '' })).subscription.password).toBe('');
  });
});

describe('a subscription that has been synchronised', () => {
  it('keeps what it knows when its terms or its schedule change', async () => {
    const { subscriber, wire } = await seedPair();
    await sync(subscriber, 'Repository', wire);
    const before = await subscriber.context.store.subscription('Repository');
    const { subscription } = await take({ mode: 'pull', schedule: '0 * * * *' }, 'Repository', subscriber);
    expect(subscription.state).toEqual(before?.state);
    expect(subscription.token).toBe(before?.token);
  });

  it('forgets its token when account or publisher change', async () => {
    const { subscriber, wire } = await seedPair();
    await sync(subscriber, 'Repository', wire);
    const { subscription } = await take({ password: 'other' }, 'Repository', subscriber);
    expect(subscription.token).toBe('');
    expect(subscription.state.lastAnchor).not.toBe('');
  });

  it.each([1, 2])('goes on with another password where message %i had no answer', async (lost) => {
    const { publisher, subscriber, wire } = await seedPair({}, { maxMessageOctets: 4000 });
    await sync(subscriber, 'Repository', wire);
    for (let n = 0; n < 20; n += 1) {
      await publisher.put(`/portal_repository/p${n}`, card('of the publisher', '1'));
      await subscriber.put(`/portal_repository/s${n}`, card('of the subscriber', '1'));
    }
    const last = wire.requests + lost - 1;
    wire.fault = (where) => {
      if (where === 'request' && wire.requests === last) throw new TransportError('CON-T001', 'nobody is there');
    };
    await expect(sync(subscriber, 'Repository', wire)).rejects.toMatchObject({ code: 'CON-T001' });
    wire.fault = () => undefined;
    await publisher.addAccount('sync', 'another');
    await take({ password: 'another' }, 'Repository', subscriber);
    await sync(subscriber, 'Repository', wire);
    for (const at of [publisher, subscriber]) {
      expect(await at.get('/portal_repository/p19')).toContain('of the publisher');
      expect(await at.get('/portal_repository/s19')).toContain('of the subscriber');
    }
  });

  it('goes on under another URL of its own, and loses nothing', async () => {
    const { publisher, subscriber, wire } = await seedPair();
    await publisher.put('/portal_repository/a', card('A', '1'));
    await sync(subscriber, 'Repository', wire);
    await take({ subscriptionUrl: 'http://localhost:9673/cps_client/Other' }, 'Repository', subscriber);
    await publisher.put('/portal_repository/a', card('B', '1'));
    await subscriber.put('/portal_repository/a', card('A', '2'));
    expect((await sync(subscriber, 'Repository', wire)).outcome).toBe('waiting-for-permission');
    await sync(subscriber, 'Repository', wire, { slow: true });
    await sync(subscriber, 'Repository', wire);
    const agreed = await publisher.get('/portal_repository/a');
    expect(await subscriber.get('/portal_repository/a')).toBe(agreed);
    expect(agreed).toContain('>B<');
    const [conflict] = await publisher.context.store.conflicts();
    expect(conflict?.subscriber.value ?? agreed).toContain('2');
  });

  it('keeps what it knows at another path, where its folder goes', async () => {
    const { subscriber, wire } = await seedPair();
    await sync(subscriber, 'Repository', wire);
    const before = await subscriber.context.store.subscription('Repository');
    const { subscription } = await take({ path: '/elsewhere' }, 'Repository', subscriber);
    expect(subscription).toMatchObject({ root: before?.root, path: '/elsewhere', state: before?.state });
    expect(await subscriber.context.store.collections()).toHaveLength(1);
  });

  it('keeps its objects when it ends', async () => {
    const { publisher, subscriber, wire } = await seedPair();
    await publisher.put('/portal_repository/a', card('A', '1'));
    await sync(subscriber, 'Repository', wire);
    const head = await subscriber.context.store.head();
    await unsubscribe(subscriber.context, manager, 'Repository');
    expect(await subscriber.context.store.subscriptions()).toEqual([]);
    expect(await subscriber.context.store.head()).toEqual(head);
    await expect(unsubscribe(subscriber.context, manager, 'Repository')).rejects.toMatchObject({ code: 'CON-R004' });
  });
});
