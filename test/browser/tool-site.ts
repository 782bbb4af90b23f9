import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { putObject } from '../../src/use-cases/objects/write-object.ts';
import { newSubscriberState } from '../../src/synchronization/subscriber.ts';
import { defaultTerms } from '../../src/synchronization/subscription.ts';
import type { Place } from '../../src/xupdate/place.ts';
import { makeToken } from '../../src/use-cases/administration/tokens.ts';
import { addConflictRule } from '../../src/use-cases/exchange/conflict-rules.ts';
import { conflict } from '../contract/site-data.ts';
import type { WebFixture } from '../web/web-fixture.ts';
import { manager } from '../web/web-fixture.ts';

/** Where pictures of the pages go, to be looked at. */
export const shots = join(import.meta.dirname, '../../var/screenshots');
/** Where the tool of the site is. */
export const tool = '/cps/portal_synchronizations';
/** What would give a page another title, if it ever ran. */
const hostile = `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`;

/** Signs the Manager in, in a window of this width, and opens the tool. */
export async function openTool(
  browser: Browser,
  web: WebFixture,
  options: { readonly width?: number; readonly scripts?: boolean; readonly dark?: boolean } = {},
): Promise<Page> {
  const { width = 1_280, scripts = true, dark = false } = options;
  const context = await browser.newContext({
    viewport: { width, height: width > 700 ? 900 : 780 },
    javaScriptEnabled: scripts,
    colorScheme: dark ? 'dark' : 'light',
  });
  const page = await context.newPage();
  await page.goto(`${web.address}/sign-in?to=${encodeURIComponent(tool)}`);
  await page.fill('[name=name]', 'seb');
  await page.fill('[name=password]', 'seb:secret');
  await page.click('main button[type=submit]');
  return page;
}

/** Fills the site with something to see on every page of the tools. */
export async function settle(web: WebFixture): Promise<void> {
  const { site, services, time } = web;
  const { store, queue } = site;
  await putObject(site, manager, { path: ['portal_repository'] });
  const people = ['ann', 'bob', 'cay', hostile.replaceAll('/', '|')];
  const gids = [];
  for (const name of people) {
    const document = `<object portal_type="Person"><title type="string">${name.startsWith('<') ? 'x' : name}</title></object>`;
    const { version } = await putObject(site, manager, { path: ['portal_repository', name], document });
    gids.push(version.gid);
  }
  await services.publish(site, { id: 'Repository', path: '/portal_repository', actor: manager });
  const rest = { account: 'sync', tokenHash: '', terms: defaultTerms };
  const state = { ...newSubscriberState, lastSyncAt: time.now - 3_600_000 };
  const url = 'http://office-nordhaven.example:9673/cps_client/Repository';
  const { peer } = await store.addSubscriber({ ...rest, publication: 'Repository', url, state });
  await store.addSubscriber({
    ...rest,
    publication: 'Repository',
    url: 'http://field.example/team/Repository',
    state: newSubscriberState,
  });
  const addresses = { publicationUrl: 'http://hub.example:9673/hub', user: 'sync', password: 'secret' };
  for (const id of ['Regions', 'Broken', 'Live'])
    await services.subscribe(site, {
      id,
      actor: manager,
      path: `/${id.toLowerCase()}`,
      subscriptionUrl: `http://localhost:9673/cps/${id}`,
      ...addresses,
    });
  const day = 86_400_000;
  const side = (value: string, at: number, by: string) => ({ value, edit: { id: `e:${at}`, at: time.now - at, by } });
  // Places as the engine names them.
  const phone = '/object/phone/text()' as Place;
  const note = '/object/description/text()' as Place;
  const long =
    'The store at the harbour was moved to the old school; the key is with the caretaker, who lives next door.';
  const conflicts = [
    conflict('c0', peer, {
      gid: gids[0] ?? conflict('x', peer).gid,
      field: phone,
      base: '+49 40 1200',
      publisher: side('+49 40 1277', day, 'paula'),
      subscriber: side('+49 40 1299', 2 * day, 'sam'),
      openedAt: time.now - 3 * day,
    }),
    conflict('c1', peer, {
      gid: gids[1] ?? conflict('x', peer).gid,
      field: note,
      base: long,
      publisher: side(long.replace('old school', 'new hall'), 2 * day, 'paula'),
      subscriber: side(long.replace('caretaker', 'teacher'), day, 'sam'),
      openedAt: time.now - 2 * day,
    }),
    conflict('c2', peer, {
      gid: gids[3] ?? conflict('x', peer).gid,
      field: phone,
      base: hostile,
      publisher: side(`${hostile} 1`, day, 'paula'),
      subscriber: side(`${hostile} 2`, 2 * day, hostile),
      openedAt: time.now - day,
    }),
    conflict('c3', peer, {
      gid: gids[2] ?? conflict('x', peer).gid,
      field: 'existence',
      base: 'present',
      publisher: side('present', day, 'paula'),
      subscriber: { value: undefined, edit: { id: 'e', at: time.now - day, by: 'sam' } },
      openedAt: time.now - day,
    }),
  ];
  const field = { field: '/object/title/text()', before: 'Ann Meyer', after: 'Ann Meyer-Koch' };
  const changes = {
    sent: {
      total: 1,
      listed: [{ gid: 'g', path: '/regions/north', action: 'create', outcome: 'plain', fields: [], moreFields: 0 }],
    },
    received: {
      total: 230,
      listed: [
        {
          gid: 'g',
          path: '/regions/people/ann',
          action: 'update',
          outcome: 'conflict',
          fields: [field, { ...field, field: phone, before: null, after: hostile }],
          moreFields: 3,
        },
        { gid: 'g', path: 'old-depot', action: 'delete', outcome: 'plain', fields: [], moreFields: 0 },
      ],
    },
  };
  const tally = { created: 0, updated: 0, deleted: 0, expected: 0 };
  const line = {
    at: time.now - 60_000,
    kind: 'sync',
    level: 'info',
    subject: 'Regions',
    text: 'Synchronised: sent 1 new; received 229 changed, 1 deleted',
  } as const;
  await store.update(async () => ({ batch: { conflicts }, result: undefined }));
  const plan = {
    kind: 'changes',
    isComplete: false,
    name: 'a.1.b:c.2.d',
    send: [
      {
        gid: 'g',
        path: '/regions/north',
        action: 'create',
        outcome: 'plain',
        fields: [{ field: 'existence', after: 'present' }],
      },
      { gid: 'g', path: '/regions/south', action: 'update', outcome: 'withheld', fields: [] },
    ],
    receive: [
      { gid: 'g', path: '/regions/people/ann', action: 'update', outcome: 'merged', fields: [field] },
      { gid: 'g', path: 'old-depot', action: 'delete', outcome: 'plain', fields: [] },
    ],
  };
  const event = { subscription: 'Regions', run: 'one', at: time.now - 60_000 } as const;
  await store.notes.addSyncEvent({
    ...event,
    kind: 'plan',
    data: { plan, totals: { send: 2, receive: 2 }, by: 'paula' },
  });
  await store.record({
    ...line,
    details: {
      session: 's1',
      sent: { ...tally, created: 1 },
      received: { ...tally, updated: 229, deleted: 1 },
      durationMs: 1840,
      octets: { sent: 3_210, received: 1_250_000 },
      changes,
    },
  });
  const [newest] = await store.log({ kinds: ['sync'] });
  await store.notes.addSyncEvent({
    ...event,
    kind: 'done',
    data: {
      outcome: 'done',
      sent: { ...tally, created: 1 },
      received: { ...tally, updated: 229, deleted: 1 },
      line: newest?.number,
    },
  });
  const failure = {
    code: 'CON-T001',
    message: 'http://hub.example:9673/hub: the name of the host is not known',
    remedy: 'x',
    retry: 'later',
  };
  await store.notes.addSyncEvent({ ...event, subscription: 'Broken', kind: 'failed', data: failure });
  for (let at = 1; at <= 3; at += 1)
    await queue.add({ work: { name: 'collect-garbage' }, notBefore: time.now + at * day });
  const id = await queue.add({ work: { name: 'synchronize', subscription: 'Broken', options: {} } });
  await queue.claim({ node: 'n', now: time.now, leaseMs: 1_000 });
  await queue.fail(id, 'n', { code: failure.code, message: failure.message, at: time.now, again: undefined });
  for (let hour = 0; hour < 20; hour += 3)
    for (const outcome of ['done', 'done', 'retried'] as const)
      await store.notes.countActivity(
        { hour: time.now - (time.now % 3_600_000) - hour * 3_600_000, work: 'synchronize', outcome },
        0,
      );
  await makeToken(site, { name: 'seb', roles: ['Manager'] }, { account: 'seb', title: 'nightly export', days: 30 });
  await addConflictRule(site, manager, { field: '/object/fax/text()', keep: 'newer', publication: 'Repository' });
}
