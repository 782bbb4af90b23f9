import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { putObject } from '../../src/use-cases/objects/write-object.ts';
import { newSubscriberState } from '../../src/synchronization/subscriber.ts';
import { defaultTerms } from '../../src/synchronization/subscription.ts';
import type { Place } from '../../src/xupdate/place.ts';
import { makeToken } from '../../src/use-cases/administration/tokens.ts';
import { addConflictRule } from '../../src/use-cases/exchange/conflict-rules.ts';
import { conflict } from '../contract/site-data.ts';
import type { WebFixture } from '../web/web-fixture.ts';
import { manager, startWeb } from '../web/web-fixture.ts';

const executablePath = '/usr/bin/chromium';
const shots = join(import.meta.dirname, '../../var/screenshots');
const require = createRequire(import.meta.url);
const tool = '/cps/portal_synchronizations';
const hostile = `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`;

const pages: readonly (readonly [name: string, path: string])[] = [
  ['overview', tool],
  ['publication', `${tool}/publications/Repository`],
  ['publication-add', `${tool}/add_publication`],
  ['subscription', `${tool}/subscriptions/Regions`],
  ['subscription-add', `${tool}/add_subscription`],
  ['sync-result', `${tool}/subscriptions/Regions/sync`],
  ['sync-failed', `${tool}/subscriptions/Broken/sync`],
  ['plan', `${tool}/subscriptions/Regions/plan?event=1`],
  ['conflicts', `${tool}/conflicts`],
  [
    'conflicts-filtered',
    `${tool}/conflicts?field=${encodeURIComponent('/object/phone/text()')}&publication=Repository`,
  ],
  ['conflict', `${tool}/conflicts/c0`],
  ['rules', `${tool}/rules`],
  ['settle-together', `${tool}/conflicts/together?keep=newer`],
  ['keys', `${tool}/keys`],
  ['log', `${tool}/log`],
  ['log-entry', `${tool}/log/4`],
  ['settings', `${tool}/settings`],
  ['activities', '/cps/portal_activities'],
  ['status', '/cps/portal_status'],
  ['status-empty', '/cps_client/portal_status'],
  ['accounts', '/cps/portal_accounts'],
  ['account', '/cps/portal_accounts/account/mia'],
  ['account-add', '/cps/portal_accounts/add'],
  ['sessions', '/cps/portal_accounts/sessions'],
  ['tokens', '/cps/portal_accounts/tokens'],
  ['own', '/cps/portal_accounts/own'],
  ['api', '/cps/api/v1/openapi.html'],
];

async function settle(web: WebFixture): Promise<void> {
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

describe.skipIf(!existsSync(executablePath))('the pages of the tools in Chromium', () => {
  let browser: Browser;
  let web: WebFixture;
  beforeAll(async () => {
    mkdirSync(shots, { recursive: true });
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  });
  afterAll(async () => browser.close());

  async function signIn(
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

  it('look right at both widths, break no rule of accessibility, and run nothing of what is shown', async () => {
    web = await startWeb();
    await settle(web);
    const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
    for (const [suffix, options] of [
      ['1280', { width: 1_280 }],
      ['390', { width: 390 }],
      ['dark', { width: 1_280, dark: true }],
    ] as const) {
      const page = await signIn(options);
      const said: string[] = [];
      page.on('console', (message) => {
        if (message.type() === 'error') said.push(message.text());
      });
      for (const [name, path] of pages) {
        const answer = await page.goto(web.address + path);
        expect.soft(answer?.status(), path).toBe(200);
        await page.screenshot({ path: join(shots, `tool-${name}-${suffix}.png`), fullPage: true });
        const overflow = await page.evaluate(
          'document.documentElement.scrollWidth - document.documentElement.clientWidth',
        );
        expect.soft(overflow, `${path} at ${suffix} is too wide`).toBe(0);
        expect.soft(await page.title(), path).not.toBe('owned');
        // Evaluated by the debugger, which the page's policy does not bind.
        await page.evaluate(axe);
        const found = await page.evaluate(
          `axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }).then(({ violations }) => violations.map(({ id, nodes }) => id + ' ' + nodes.map(({ html }) => html.slice(0, 160)).slice(0, 3).join(' | ')))`,
        );
        expect.soft(found, `${path} at ${suffix}`).toEqual([]);
      }
      expect(said.filter((text) => !text.includes('favicon'))).toEqual([]);
      await page.context().close();
    }
  }, 180_000);

  it('show a sync live, to a second viewer and after a reload too', async () => {
    web = await startWeb();
    await settle(web);
    const { store } = web.site;
    const event = { subscription: 'Live', run: 'one', at: web.time.now } as const;
    const row = await store.subscription('Live');
    if (row === undefined) expect.fail('the subscription is there');
    const lease = { holder: 'elsewhere', until: web.time.now + 100_000 };
    await store.update(async () => ({
      batch: { subscriptions: [{ row: { ...row, state: { ...row.state, lease } } }] },
      result: undefined,
    }));
    const viewers = [await signIn(), await signIn({ width: 390 })];
    for (const page of viewers) await page.goto(`${web.address}${tool}/subscriptions/Live/sync`);
    await store.notes.addSyncEvent({ ...event, kind: 'started', data: {} });
    for (const page of viewers) await page.waitForSelector('progress');
    const tally = { created: 0, updated: 0, deleted: 0, expected: 0 };
    await store.notes.addSyncEvent({
      ...event,
      kind: 'progress',
      data: { stage: 'receiving', sent: tally, received: { ...tally, created: 40, expected: 100 } },
    });
    for (const page of viewers) await page.waitForSelector('progress[value="40"]');
    await viewers[0]?.screenshot({ path: join(shots, 'tool-sync-live-1280.png') });
    await viewers[1]?.screenshot({ path: join(shots, 'tool-sync-live-390.png') });
    await viewers[0]?.reload();
    await store.notes.addSyncEvent({
      ...event,
      kind: 'done',
      data: { outcome: 'done', sent: tally, received: { ...tally, created: 100 } },
    });
    for (const page of viewers) await page.waitForSelector('.state-good');
    for (const page of viewers) await page.context().close();
  }, 60_000);

  it('let a conflict be settled and taken back by keyboard alone, and without scripts', async () => {
    web = await startWeb();
    await settle(web);
    const page = await signIn();
    await page.goto(`${web.address}${tool}/conflicts`);
    await page.focus('#all');
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await page.keyboard.press('k');
    await page.keyboard.press('p');
    await page.waitForSelector('.notice button');
    expect(await web.site.store.countConflicts({ state: 'open' })).toBe(3);
    await page.focus('.notice button');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.notice-done');
    expect(await web.site.store.countConflicts({ state: 'open' })).toBe(4);
    await page.context().close();
    const plain = await signIn({ scripts: false });
    await plain.goto(`${web.address}${tool}/conflicts`);
    await plain.click('#c-c1 button[data-key=s]').catch(() => undefined);
    await plain.goto(`${web.address}${tool}/conflicts`);
    await plain.click('#c-c0 button[data-key=p]');
    expect(await web.site.store.countConflicts({ state: 'open' })).toBe(3);
    await plain.context().close();
  }, 60_000);
});
