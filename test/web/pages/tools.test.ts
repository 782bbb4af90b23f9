import { describe, expect, it } from 'vitest';
import { moveObject, putObject } from '../../../src/use-cases/objects/write-object.ts';
import { newSubscriberState } from '../../../src/synchronization/subscriber.ts';
import { defaultTerms } from '../../../src/synchronization/subscription.ts';
import { conflict } from '../../contract/site-data.ts';
import type { WebFixture } from '../web-fixture.ts';
import { manager, startWeb } from '../web-fixture.ts';
import type { Browser } from './browser.ts';
import { openBrowser } from './browser.ts';

const tool = '/cps/portal_synchronizations';
const clientTool = '/cps_client/portal_synchronizations';

interface Desk {
  readonly web: WebFixture;
  readonly browser: Browser;
}

async function signedIn(name = 'seb', site = 'cps'): Promise<Desk> {
  const web = await startWeb();
  const browser = openBrowser(web);
  await browser.signIn(name, { site });
  return { web, browser };
}

/** A publication, its subscriber, and so many conflicts about the id of an object. */
async function withConflicts(count: number, name = 'mia'): Promise<Desk> {
  const desk = await signedIn(name);
  const { site, services } = desk.web;
  const { version } = await putObject(site, manager, { path: ['a'] });
  await services.publish(site, { id: 'People', path: '/', actor: manager });
  const subscriber = { publication: 'People', url: 'http://localhost/x/People', account: 'sync', tokenHash: '' };
  const { peer } = await site.store.addSubscriber({ ...subscriber, terms: defaultTerms, state: newSubscriberState });
  const conflicts = Array.from({ length: count }, (_, at) =>
    conflict(`c${String(at)}`, peer, {
      gid: version.gid,
      openedAt: desk.web.time.now - 10 * 86_400_000,
      publisher: { value: 'a', edit: { id: 'e:1', at: 1, by: 'paula' } },
      subscriber: { value: '<script>b</script>', edit: { id: 'e:2', at: 2, by: 'sam' } },
    }),
  );
  await site.store.update(async () => ({ batch: { conflicts }, result: undefined }));
  return desk;
}

describe('portal_synchronizations', () => {
  it('says what to do next where there is nothing yet', async () => {
    const { browser } = await signedIn();
    const page = await browser.open(tool);
    expect(page.title).toBe('Synchronization');
    expect(page.text).toContain('This site subscribes to nothing yet');
    expect(page.link('Subscribe')).toBe(`${tool}/add_subscription`);
    const member = await signedIn('mia');
    expect((await member.browser.open(tool)).all('//a[.="Subscribe"]')).toEqual([]);
  });

  it('still answers programs with text', async () => {
    const { web } = await signedIn();
    const answer = await web.ask(tool, { headers: { accept: 'text/plain' } });
    expect(answer.text).toMatch(/^site cps/);
  });

  it('publishes with the words of the setup, keeps what was typed, changes and ends it', async () => {
    const { web, browser } = await signedIn('paula');
    await putObject(web.site, manager, { path: ['portal_repository'] });
    const form = await browser.open(`${tool}/add_publication`);
    for (const label of ['Id', 'Publication Url', 'Destination Path', 'Query', 'XML Mapping', 'GPG key name'])
      expect(form.text).toContain(label);
    const fields = { id: 'Repository', path: '/cps/portal_repository', query: 'objectValues', mayPush: 'sync' };
    const wrong = await browser.submit(form, { ...fields, path: '/nowhere' });
    expect(wrong.status).toBe(404);
    expect(wrong.one('//input[@name="id"]/@value')).toBe('Repository');
    expect(wrong.one('//*[@id="field-path-fault"]')).toContain('no object');
    const made = await browser.submit(wrong, fields);
    expect(made.title).toBe('Repository');
    expect(made.text).toContain('Nobody has subscribed yet');
    expect(await web.site.store.publication('Repository')).toMatchObject({
      mayPush: ['sync'],
      path: '/portal_repository',
    });
    const taken = await browser.submit(await browser.open(`${tool}/add_publication`), fields);
    expect(taken.status).toBe(409);
    const edit = await browser.open(made.link('Change'));
    const changed = await browser.submit(edit, { ...fields, conflictPolicy: 'NEWER', mayPush: '' });
    expect(changed.text).toContain('The newer value');
    expect(await web.site.store.publication('Repository')).toMatchObject({
      mayPush: 'everyone',
      conflictPolicy: 'NEWER',
    });
    const ended = await browser.submit(changed, { do: 'end' });
    expect(ended.text).toContain('The publication has ended');
    expect(await web.site.store.publications()).toEqual([]);
  });

  it('shows the subscribers of a publication, and takes one off', async () => {
    const { browser, web } = await withConflicts(0, 'paula');
    const page = await browser.open(`${tool}/publications/People`);
    expect(page.one('//table')).toContain('http://localhost/x/People');
    const after = await browser.submit(page, { subscriber: 'http://localhost/x/People' });
    expect(after.text).toContain('The subscriber is removed');
    expect(await web.site.store.subscribers('People')).toEqual([]);
    const member = openBrowser(web);
    await member.signIn('mia');
    expect((await member.submit(await member.open(`${tool}/publications/People`), {}, '/sign-out')).status).toBe(200);
  });

  it('says why a subscriber is held back and until when, and listens to it again', async () => {
    const { browser, web } = await withConflicts(0, 'paula');
    const { now } = web.time;
    const faults = { count: 5, lastAt: now, reason: 'Nobody can read <its> Alert', until: now + 600_000 };
    const rows = await web.site.store.subscribers('People');
    const subscribers = rows.map((row) => ({ row: { ...row, state: { ...row.state, faults } } }));
    await web.site.store.update(async () => ({ batch: { subscribers }, result: undefined }));
    const page = await browser.open(`${tool}/publications/People`);
    expect(page.one('//table')).toMatch(
      /Held back after too many faults in a row, until .*: Nobody can read <its> Alert/,
    );
    const after = await browser.submit(page, { release: 'http://localhost/x/People' });
    expect(after.text).toContain('The subscriber is listened to again');
    expect(after.text).not.toContain('Nobody can read');
  });

  it('subscribes, shows what it knows, and never the password', async () => {
    const { web, browser } = await signedIn('paula', 'cps_client');
    const form = await browser.open(`${clientTool}/add_subscription`);
    const fields = {
      id: 'Repository',
      publicationUrl: 'http://localhost:9673/cps',
      subscriptionUrl: 'http://localhost:9673/cps_client/Repository',
      path: '/portal_repository',
      user: 'sync',
      password: 'top:secret',
      strategy: ['create', 'update'],
    };
    const wrong = await browser.submit(form, { ...fields, schedule: 'now and then' });
    expect(wrong.status).toBe(400);
    expect(wrong.one('//*[@role="alert"]')).not.toBe('');
    const made = await browser.submit(wrong, fields);
    expect(made.text).toContain('Not yet synchronized');
    expect(made.html).not.toContain('secret');
    const client = await web.services.site('cps_client');
    expect((await client.store.subscription('Repository'))?.terms.strategy).toEqual(['create', 'update']);
    const edit = await browser.open(made.link('Change'));
    const { id: _, password: __, ...same } = fields;
    await browser.submit(edit, { ...same, mode: 'pull' });
    const row = await client.store.subscription('Repository');
    expect(row).toMatchObject({ terms: { mode: 'pull' }, user: 'sync' });
    expect(row?.password).not.toBe('');
    const ended = await browser.submit(made, { do: 'end' }, `${clientTool}/subscriptions/Repository`);
    expect(ended.text).toContain('The subscription has ended');
  });
});

describe('the page of a sync', () => {
  async function subscribed(): Promise<Desk> {
    const desk = await signedIn('paula', 'cps_client');
    const client = await desk.web.services.site('cps_client');
    await desk.web.services.subscribe(client, {
      id: 'Repository',
      actor: manager,
      publicationUrl: 'http://localhost:9673/cps',
      subscriptionUrl: 'http://localhost:9673/cps_client/Repository',
      path: '/portal_repository',
    });
    return desk;
  }

  it('queues a sync and comes again by itself without scripts, until it is cancelled', async () => {
    const { browser } = await subscribed();
    const queued = await browser.submit(await browser.open(clientTool), { do: 'sync' });
    expect(queued.title).toBe('Sync of Repository');
    expect(queued.one('//*[@role="status"]')).toContain('Queued');
    expect(queued.one('//noscript/meta/@content')).toBe('2');
    const cancelled = await browser.submit(queued, { do: 'cancel' });
    expect(cancelled.one('//*[@role="status"]')).toContain('Cancelled');
    expect(cancelled.all('//noscript/meta')).toEqual([]);
  });

  it('keeps a plan, and carries out just that', async () => {
    const { browser, web } = await subscribed();
    const plan = await browser.submit(await browser.open(clientTool), { do: 'preview' });
    expect(plan.title).toBe('Preview of Repository');
    expect(plan.text).toContain('There is nothing to exchange');
    const again = await browser.open(new URL(plan.url).pathname + new URL(plan.url).search);
    await browser.submit(again, { do: 'carry-out' });
    const [activity] = await (await web.services.site('cps_client')).queue.list();
    expect(activity?.work).toMatchObject({ options: { plan: 'a.1.b:c.2.d' } });
    expect((await browser.open(`${clientTool}/subscriptions/Repository/plan?event=999`)).status).toBe(409);
  });

  it('shows first what a comparison or a refresh would do', async () => {
    const { browser, web } = await subscribed();
    const { queue } = await web.services.site('cps_client');
    const page = await browser.open(`${clientTool}/subscriptions/Repository`);
    const action = `${clientTool}/subscriptions/Repository/sync`;
    for (const [wished, options] of [
      ['slow', { slow: true }],
      ['refresh-publisher', { refreshFrom: 'publisher' }],
      ['refresh-subscriber', { refreshFrom: 'subscriber' }],
    ] as const) {
      const choice = page.one(`//button[contains(@value, "${wished}")]/@value`);
      expect(choice).toBe(`preview-${wished}`);
      const plan = await browser.submit(page, { do: choice }, action);
      expect(plan.title).toBe('Preview of Repository');
      if (wished === 'refresh-publisher') expect(plan.text).toContain('This site becomes like the publisher');
      const again = plan.one('//button[starts-with(@value, "preview")]/@value');
      expect(again).toBe(`preview-${wished}`);
      await browser.submit(plan, { do: 'carry-out' });
      const newest = (await queue.list()).at(-1);
      expect(newest?.work).toMatchObject({ options: { plan: 'a.1.b:c.2.d', ...options } });
    }
  });

  it('shows why it failed and what to do, and what it did, object by object', async () => {
    const { browser, web } = await subscribed();
    const { store } = await web.services.site('cps_client');
    const event = { subscription: 'Repository', run: 'one', at: 1 } as const;
    const failure = { code: 'CON-T001', message: 'http://localhost:9673/cps: nothing listens', remedy: 'x' };
    await store.notes.addSyncEvent({ ...event, kind: 'failed', data: failure });
    const failed = await browser.open(`${clientTool}/subscriptions/Repository/sync`);
    expect(failed.one('//*[@role="alert"]')).toMatch(/nothing listens.*Check the address.*CON-T001/);
    const client = await web.services.site('cps_client');
    const titled = async (title: string): Promise<number> => {
      const document = `<object portal_type="Person"><title type="string">${title}</title></object>`;
      await putObject(client, manager, { path: ['portal_repository', 'a'], document });
      return (await store.head()).seq;
    };
    const sentAfter = await titled('&lt;b&gt;old&lt;/b&gt;');
    const readAt = await titled('new');
    const subscription = await store.subscription('Repository');
    if (subscription === undefined) throw new Error('there is no subscription');
    const { peer, collection, conduit } = subscription;
    const span = { peer, collection, conduit, sent: 3, received: 0, sentAfter, readAt, receivedAfter: readAt };
    const line = { at: 1, kind: 'sync', level: 'info', subject: 'Repository', text: 'Synchronised' } as const;
    await store.record({ ...line, details: { span: { ...span, upTo: readAt, peersEpoch: '' } } });
    const number = (await store.log())[0]?.number;
    const tally = { created: 0, updated: 1, deleted: 0, expected: 0 };
    const report = { outcome: 'done', sent: { ...tally, updated: 0 }, received: tally, line: number };
    await store.notes.addSyncEvent({ ...event, kind: 'done', data: report });
    const done = await browser.open(`${clientTool}/subscriptions/Repository/sync`);
    expect(done.one('//table')).toMatch(/\/a.*Changed.*title.*<b>old<\/b>.*new/);
    expect(done.text).toContain('2 more objects are not listed');
    const entry = await browser.open(done.link('Entry in the log'));
    expect(entry.one('//table')).toContain('title');
  });

  it('lets a Publisher allow deletions, and nobody else', async () => {
    const { browser, web } = await subscribed();
    const { store } = await web.services.site('cps_client');
    const row = await store.subscription('Repository');
    if (row === undefined) expect.fail('the subscription is there');
    const waiting = { for: 'permission', at: 'publisher', deletions: 30, limit: 20 } as const;
    const kept = { ...row, state: { ...row.state, waiting } };
    await store.update(async () => ({ batch: { subscriptions: [{ row: kept }] }, result: undefined }));
    const page = await browser.open(`${clientTool}/subscriptions/Repository/sync`);
    expect(page.text).toContain('30 deletions wait for permission');
    await browser.submit(page, { do: 'allow', deletions: '30' });
    expect((await store.log({ kinds: ['deletion'] }))[0]?.text).toBe('30 deletions allowed by “paula”');
    const member = openBrowser(web);
    await member.signIn('mia', { site: 'cps_client' });
    const shown = await member.open(`${clientTool}/subscriptions/Repository/sync`);
    expect(shown.all('//button[@value="allow"]')).toEqual([]);
    expect((await member.submit(shown, { do: 'allow', deletions: '30' })).status).toBe(403);
  });
});

describe('the desk of conflicts', () => {
  it('shows base, both values, who and when, side by side, and nothing of it runs', async () => {
    const { browser } = await withConflicts(1);
    const page = await browser.open(`${tool}/conflicts`);
    const sides = page.all('//*[contains(@class, "side-value")]');
    expect(sides).toEqual(['before', 'a', '<script>b</script>']);
    expect(page.all('//mark')).toEqual(['a', '<script>b</script>']);
    expect(page.text).toMatch(/paula.*sam.*newer/);
    expect(page.all('//script/@src')).not.toContain('');
    expect(page.html).not.toContain('<script>b');
  });

  it('shows what stands where the field was edited since', async () => {
    const { browser, web } = await withConflicts(1);
    const before = await browser.open(`${tool}/conflicts`);
    expect(before.text).not.toContain('Edited since');
    await moveObject(web.site, manager, { path: ['a'], to: ['z'] });
    const page = await browser.open(`${tool}/conflicts`);
    expect(page.all('//*[contains(@class, "side-stands")]//*[contains(@class, "side-value")]')).toEqual(['z']);
    expect(page.text).toContain('Edited since');
  });

  it('settles one, and takes it back', async () => {
    const { browser, web } = await withConflicts(2);
    const page = await browser.open(`${tool}/conflicts`);
    const versions = page.all('//input[@name="versions"]/@value');
    const settled = await browser.submit(page, { one: 'c0 publisher', versions }, `${tool}/conflicts`);
    expect(settled.text).toMatch(/Settled\..*You have settled 1 conflict/);
    expect(await web.site.store.countConflicts({ state: 'open' })).toBe(1);
    const undone = await browser.submit(settled, { undo: 'c0' }, `${tool}/conflicts`);
    expect(undone.text).toContain('Open again');
    expect(await web.site.store.countConflicts({ state: 'open' })).toBe(2);
  });

  it('does not overrule what somebody else did meanwhile', async () => {
    const { browser, web } = await withConflicts(1);
    const page = await browser.open(`${tool}/conflicts`);
    const other = openBrowser(web);
    await other.signIn('paula');
    const seen = page.all('//input[@name="versions"]/@value');
    await other.submit(
      await other.open(`${tool}/conflicts`),
      { one: 'c0 publisher', versions: seen },
      `${tool}/conflicts`,
    );
    const late = await browser.submit(page, { ids: ['c0'], do: 'subscriber', versions: seen }, `${tool}/conflicts`);
    expect(late.status).toBe(409);
    expect(late.title).toBe('Changed in the meantime');
  });

  it('settles those that are selected, all that a filter finds, and by rule', async () => {
    const { browser, web } = await withConflicts(30, 'paula');
    const page = await browser.open(`${tool}/conflicts`);
    expect(page.all('//*[contains(@class, "conflict-head")]')).toHaveLength(20);
    const none = await browser.submit(page, { do: 'publisher' }, `${tool}/conflicts`);
    expect(none.status).toBe(400);
    expect(none.text).toContain('Select at least one conflict');
    expect(none.all('//*[contains(@class, "conflict-head")]')).toHaveLength(20);
    await browser.submit(page, { ids: ['c0', 'c1'], do: 'publisher' }, `${tool}/conflicts`);
    expect(await web.site.store.countConflicts({ state: 'open' })).toBe(28);
    expect((await browser.open(page.link('Next page'))).all('//li[contains(@class, "conflict")]').length).toBe(10);
    expect((await browser.open(`${tool}/conflicts?field=type`)).text).toContain('No conflict is like this');
    expect((await browser.open(`${tool}/conflicts?age=30`)).text).toContain('No conflict is like this');
    const filtered = await browser.open(`${tool}/conflicts?field=id&publication=People&age=7&path=/a`);
    expect(filtered.text).toContain('28 conflicts');
    const theirs = await browser.open(
      `${tool}/conflicts?subscriber=${encodeURIComponent('http://localhost/x/People')}`,
    );
    expect(theirs.text).toContain('28 conflicts');
    expect(theirs.text).toContain('With http://localhost/x/People');
    expect((await browser.open(`${tool}/conflicts?subscriber=none`)).text).toContain('No conflict is like this');
    const rules = await browser.submit(filtered, { do: 'rule-publisher' }, filtered.one('//form[@data-desk]/@action'));
    expect(rules.title).toBe('Rules');
    expect(rules.one('//table')).toContain('Keep the publisher’s');
    expect(await web.site.store.countConflicts({ state: 'open' })).toBe(0);
    const [rule] = await web.site.store.notes.conflictRules();
    expect((await browser.submit(rules, { remove: rule?.id ?? '' })).text).toContain('There are no rules');
  });

  it('asks before it settles all that are found, naming the number, and takes all of them back', async () => {
    const { browser, web } = await withConflicts(30);
    const open = () => web.site.store.countConflicts({ state: 'open' });
    const page = await browser.open(`${tool}/conflicts?field=id&age=7`);
    const asked = await browser.open(page.link('Keep the newer in all 30'));
    expect(asked.title).toBe('Settle 30 conflicts?');
    expect(asked.text).toMatch(/Field.*older than a week.*In each of them the newer/);
    const changed = await browser.submit(asked, { count: '29' });
    expect(changed.status).toBe(409);
    expect(changed.text).toContain('Nothing was settled yet');
    expect(await open()).toBe(30);
    const settled = await browser.submit(changed, {});
    expect(settled.text).toMatch(/Settled\..*Undo all of these/);
    expect(await open()).toBe(0);
    const list = await browser.open(`${tool}/conflicts?state=settled`);
    expect(list.all('//button[@name="undoBatch"]')).toHaveLength(20);
    const undoBatch = settled.one('//button[@name="undoBatch"]/@value');
    const undone = await browser.submit(
      settled,
      { undoBatch },
      settled.one('//form[button[@name="undoBatch"]]/@action'),
    );
    expect(undone.text).toContain('Open again');
    expect(await open()).toBe(30);
  });

  it('leads from a conflict to a rule for its field', async () => {
    const { browser } = await withConflicts(1, 'paula');
    const page = await browser.open(`${tool}/conflicts`);
    const rules = await browser.open(page.link('Always so: make a rule Name'));
    expect(rules.one('//select[@name="field"]/option[@selected]/@value')).toBe('id');
    expect(
      (await browser.open(`${tool}/rules?field=gone`)).one('//select[@name="field"]/option[@selected]/@value'),
    ).toBe('gone');
  });

  it('reads one page of rows, however many there are', async () => {
    const rows: number[] = [];
    for (const count of [25, 3_000]) {
      const { browser, web } = await withConflicts(count);
      const before = web.site.store.statistics.rowsRead;
      await browser.open(`${tool}/conflicts`);
      rows.push(web.site.store.statistics.rowsRead - before);
    }
    expect(rows[1]).toBe(rows[0]);
  });

  it('says beside the value why it cannot stand in the field', async () => {
    const { browser, web } = await withConflicts(1);
    const note = (await web.site.store.conflict('c0')) ?? expect.fail('there is one');
    const changed = { ...note, field: '/object/comment()' as typeof note.field };
    await web.site.store.update(async () => ({ batch: { conflicts: [changed] }, result: undefined }));
    const page = await browser.open(`${tool}/conflicts/c0`);
    for (const value of ['a--b', 'a\u0001b', 'a\uFFFF']) {
      const wrong = await browser.submit(page, { choice: 'other', value, do: 'settle' }, `${tool}/conflicts/c0`);
      expect(wrong.status).toBe(400);
      expect(wrong.one('//*[@id="field-value-fault"]')).toMatch(
        /(a comment|XML) cannot .*Give a value that fits there/s,
      );
    }
    expect(await web.site.store.countConflicts({ state: 'open' })).toBe(1);
  });

  it('writes another value, keeps what cannot be taken, and shows how it was settled', async () => {
    const { browser, web } = await withConflicts(1);
    const page = await browser.open(`${tool}/conflicts/c0`);
    const kept = await browser.submit(page, { do: 'settle', choice: '', value: 'x' });
    expect(kept.status).toBe(422);
    await putObject(web.site, manager, { path: ['taken'] });
    const taken = await browser.submit(page, { do: 'settle', choice: 'other', value: 'taken' });
    expect(taken.status).toBe(409);
    expect(taken.one('//input[@name="value"]/@value')).toBe('taken');
    const settled = await browser.submit(taken, { do: 'settle', choice: 'other', value: 'ç' });
    expect(settled.text).toContain('Another value was written');
    expect((await web.ask('/cps/api/v1/objects')).text).toContain('"ç"');
    expect((await browser.submit(settled, { do: 'undo' })).text).toContain('Open again');
    expect((await browser.open(`${tool}/conflicts/none`)).status).toBe(404);
  });
});

describe('log, settings and activities', () => {
  it('page through the log by kind, for Publishers', async () => {
    const { browser, web } = await signedIn('paula');
    const line = { at: 1, kind: 'sync', level: 'warning', subject: 'R' } as const;
    for (let at = 0; at < 60; at += 1) await web.site.store.record({ ...line, text: `line ${at}`, details: { at } });
    const first = await browser.open(`${tool}/log?kind=sync`);
    expect(first.all('//tbody/tr')).toHaveLength(50);
    const second = await browser.open(first.link('Next page'));
    expect(second.all('//tbody/tr')).toHaveLength(10);
    expect((await browser.open(second.link('line 0'))).one('//dl')).toContain('at0');
    expect((await browser.open(`${tool}/log/999999`)).status).toBe(404);
    const member = openBrowser(web);
    await member.signIn('mia');
    expect((await member.open(`${tool}/log`)).status).toBe(403);
  });

  it('show the identity of the site', async () => {
    const { browser } = await signedIn('mia');
    const page = await browser.open(`${tool}/settings`);
    expect(page.text).toMatch(/Publication Url.*\/cps/);
  });

  it('show how a site does, and what does not flow', async () => {
    const { browser, web } = await signedIn('paula');
    const empty = await browser.open('/cps/portal_status');
    expect(empty.text).toMatch(/All flows.*This site publishes nothing.*Nothing has been synchronised yet/);
    await web.site.queue.add({ work: { name: 'collect-garbage' } });
    web.time.now += 3 * 3_600_000;
    const octets = { sent: 2_048, received: 1_500_000 };
    const line = { at: web.time.now, kind: 'sync', level: 'info', subject: 'Regions' } as const;
    await web.site.store.record({ ...line, text: 'Synchronised', details: { octets, durationMs: 90_000 } });
    const page = await browser.open('/cps/portal_status');
    expect(page.text).toMatch(
      /Something does not flow.*could have run for 3 hours.*Runnable.*the oldest due for 3 hours/,
    );
    expect(page.text).toMatch(/Regions\D*2 kB\D*1\.5 MB.*1 minute/);
    expect(page.all('//*[@class="chart-other"]')).toHaveLength(1);
    const member = openBrowser(web);
    await member.signIn('mia');
    expect((await member.open('/cps/portal_status')).status).toBe(403);
  });

  it('restart, invoke and cancel activities, one or many, and count what ran', async () => {
    const { browser, web } = await signedIn();
    const empty = await browser.open('/cps/portal_activities');
    expect(empty.text).toContain('Nothing is here to be done');
    const ids: string[] = [];
    for (let at = 1; at <= 3; at += 1)
      ids.push(String(await web.site.queue.add({ work: { name: 'collect-garbage' }, notBefore: web.time.now + at })));
    const page = await browser.open('/cps/portal_activities?state=waiting');
    expect(page.all('//tbody/tr')).toHaveLength(3);
    const ran = await browser.submit(page, { ids: [ids[0] ?? ''], do: 'invoke' });
    expect(ran.text).toMatch(/It has run\..*The last 24 hours/);
    expect(ran.all('//*[@class="chart-done"]')).toHaveLength(24);
    await browser.submit(page, { ids: ids.slice(1), do: 'cancel' });
    expect(await web.site.queue.list()).toEqual([]);
    expect((await browser.submit(page, { do: 'cancel' })).status).toBe(400);
    const publisher = openBrowser(web);
    await publisher.signIn('paula');
    expect((await publisher.open('/cps/portal_activities')).all('//button[@value="cancel"]')).toEqual([]);
  });
});

describe('accounts, sessions and tokens', () => {
  it('are made with roles and a first password, changed and removed', async () => {
    const { browser, web } = await signedIn();
    const form = await browser.open('/cps/portal_accounts/add');
    const wrong = await browser.submit(form, { name: 'zoë', password: 'short' });
    expect(wrong.status).toBe(422);
    expect(wrong.text).toMatch(/at least 8 characters.*Choose at least one role/);
    const made = await browser.submit(wrong, { name: 'zoë', password: 'long enough', roles: ['Member'] });
    expect(made.one('//table')).toContain('zoë');
    expect(await web.site.accounts.account('zoë')).toMatchObject({ roles: ['Member'], mustChangePassword: true });
    const account = await browser.open(made.link('zoë'));
    expect((await browser.submit(account, { do: 'roles' })).status).toBe(422);
    await browser.submit(account, { do: 'roles', roles: ['Publisher', 'Member'] });
    expect((await web.site.accounts.account('zoë'))?.roles).toEqual(['Publisher', 'Member']);
    await browser.submit(account, { do: 'remove' });
    expect(await web.site.accounts.account('zoë')).toBeUndefined();
    const member = openBrowser(web);
    await member.signIn('mia');
    expect((await member.open('/cps/portal_accounts')).status).toBe(403);
  });

  it('list the own sessions and end one; a Manager those of the site', async () => {
    const { browser, web } = await signedIn('mia');
    const other = openBrowser(web);
    await other.signIn('mia');
    const page = await browser.open('/cps/portal_accounts/own');
    expect(page.all('//tbody/tr')).toHaveLength(2);
    const rows = await web.services.sessions.sessions.sessions({ account: 'mia' });
    for (const { id } of rows) {
      const isThis = page.one(`//tr[.//button[@value="${id}"]]`).includes('this one');
      if (!isThis) await browser.submit(page, { session: id });
    }
    expect((await browser.open('/cps/portal_accounts/own')).all('//tbody/tr')).toHaveLength(1);
    expect((await other.open('/cps/portal_accounts/own')).title).toMatch(/^Sign in/);
    const boss = openBrowser(web);
    await boss.signIn('seb');
    expect((await boss.open('/cps/portal_accounts/sessions')).all('//tbody/tr')).toHaveLength(2);
  });

  it('make a token that is shown once and works, and revoke it', async () => {
    const { browser, web } = await signedIn('mia');
    const made = await browser.submit(
      await browser.open('/cps/portal_accounts/own'),
      { title: 'nightly', do: 'make' },
      '/cps/portal_accounts/own',
    );
    const secret = made.one('//input[@id="secret"]/@value');
    const headers = { authorization: `Bearer ${secret}` };
    expect((await web.ask('/cps/api/v1/objects', { as: '', headers })).status).toBe(200);
    const page = await browser.open('/cps/portal_accounts/own');
    expect(page.html).not.toContain(secret);
    await browser.submit(page, { token: page.one('//button[@name="token"]/@value') }, '/cps/portal_accounts/own');
    expect((await web.ask('/cps/api/v1/objects', { as: '', headers })).status).toBe(401);
    expect((await browser.submit(page, { title: '', do: 'make' }, '/cps/portal_accounts/own')).status).toBe(422);
  });
});

describe('the readable page of the API', () => {
  it('describes every route that is served', async () => {
    const { browser } = await signedIn('mia');
    const page = await browser.open('/cps/api/v1/openapi.html');
    expect(page.text).toContain('POST /cps/api/v1/conflicts/resolve');
    const document = (await browser.open('/cps/api/v1/openapi.json')).text;
    // The form is the one that the document has.
    const { paths } = JSON.parse(document) as { readonly paths: Readonly<Record<string, object>> };
    const listed = Object.values(paths).reduce((sum, operations) => sum + Object.keys(operations).length, 0);
    expect(page.all('//article')).toHaveLength(listed);
  });
});
