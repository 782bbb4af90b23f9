import { beforeEach, describe, expect, it } from 'vitest';
import { siteStatus } from '../../src/use-cases/administration/status.ts';
import { runSync } from '../../src/use-cases/subscriber/run-sync.ts';
import { mailOf, MailRelay } from '../support/mail-relay.ts';
import { HandClock } from '../support/memory-site.ts';
import { card, TestSite } from '../support/synced-sites.ts';

const id = 'Repository';
const at = '/portal_repository';
const hour = 60 * 60_000;
let clock: HandClock;
let publisher: TestSite;
let subscriber: TestSite;
let relay: MailRelay;

beforeEach(async () => {
  clock = new HandClock();
  publisher = new TestSite('cps_server', clock);
  subscriber = new TestSite('cps_client', clock);
  relay = new MailRelay([publisher, subscriber]);
  await publisher.addAccount('sync', 'a:b');
  await publisher.put(`${at}/first`, card('First', '1'));
  await publisher.publish(id, at, { url: `mailto:${mailOf(publisher)}` });
  await subscribe(subscriber, { password: 'mistyped' });
});

const subscribe = (site: TestSite, more: { readonly password?: string; readonly subscriptionUrl?: string } = {}) =>
  site.subscribe(id, publisher, at, {
    publicationUrl: `mailto:${mailOf(publisher)}`,
    subscriptionUrl: `mailto:${mailOf(site)}`,
    ...more,
  });

const sync = async (site = subscriber): Promise<void> => {
  clock.at += 1000;
  const control = { services: site.services, transport: relay };
  await runSync(site.context, { id, options: { holder: 'test' } }, control);
};

const stateOf = async (site = subscriber) => (await siteStatus(site.context)).subscriptions[0];

describe('the first contact by mail with a wrong password', () => {
  it('fails with the reason instead of waiting for ever, and goes well with the right one', async () => {
    await sync();
    expect((await stateOf())?.waiting).toMatchObject({ for: 'answer' });
    expect(await relay.bringAll()).toBe(2);
    expect((await stateOf())?.waiting).toMatchObject({ for: 'retry', code: 'CON-A004' });
    await subscribe(subscriber, { password: 'a:b' });
    await sync();
    await relay.bringAll();
    expect(await stateOf()).toMatchObject({ state: 'agreed', waiting: undefined });
    expect(await subscriber.tree(at)).toEqual(await publisher.tree(at));
  });

  it('is told again after an hour, not before', async () => {
    await sync();
    await relay.bringAll();
    await sync();
    expect(await relay.bringAll()).toBe(1);
    expect((await stateOf())?.waiting).toMatchObject({ for: 'answer' });
    clock.at += hour;
    await sync();
    expect(await relay.bringAll()).toBe(2);
    expect((await stateOf())?.waiting).toMatchObject({ for: 'retry', code: 'CON-A004' });
  });

  it('is told to twenty addresses a day, so that nobody has a site write to everybody', async () => {
    const sites = Array.from({ length: 22 }, (_, number) => new TestSite(`office${number}`, clock));
    relay = new MailRelay([publisher, ...sites]);
    for (const site of sites) {
      await subscribe(site, { password: 'mistyped' });
      await sync(site);
    }
    await relay.bringAll();
    const states = await Promise.all(sites.map(async (site) => (await stateOf(site))?.waiting?.for));
    expect(states.filter((word) => word === 'retry')).toHaveLength(20);
    expect(states.filter((word) => word === 'answer')).toHaveLength(2);
  });

  it('is not told to an address that the mail did not come from', async () => {
    await sync();
    const [mail] = relay.bag.splice(0);
    const raw = Buffer.from(mail?.raw ?? [])
      .toString('latin1')
      .replace(/^From: .*$/im, 'From: mallory@example.org');
    expect(await relay.bring({ to: mailOf(publisher), raw: Buffer.from(raw, 'latin1') })).toMatchObject({
      outcome: 'ignored',
    });
    expect(relay.bag).toEqual([]);
  });

  it('is not told in the name of an address that is none of a publication', async () => {
    await publisher.publish(id, at, { url: 'mailto:another@example.org' });
    await sync();
    await relay.bringAll();
    expect((await stateOf())?.waiting).toMatchObject({ for: 'answer' });
  });

  it('is not told while the account is locked, because the password may be right', async () => {
    const { AuthenticityError } = await import('../../src/errors/concord-error.ts');
    const locked = () => Promise.reject(new AuthenticityError('CON-A003', 'locked', { retry: 'later' }));
    Object.assign(publisher.services, { authenticate: locked });
    await sync();
    await relay.bringAll();
    expect((await stateOf())?.waiting).toMatchObject({ for: 'answer' });
  });
});
