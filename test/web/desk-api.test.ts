import { describe, expect, it } from 'vitest';
import { putObject } from '../../src/use-cases/objects/write-object.ts';
import type { Conflict } from '../../src/synchronization/conflict.ts';
import { newSubscriberState } from '../../src/synchronization/subscriber.ts';
import { defaultTerms } from '../../src/synchronization/subscription.ts';
import { conflict } from '../contract/site-data.ts';
import type { WebFixture } from './web-fixture.ts';
import { openBrowser } from './pages/browser.ts';
import { manager, startWeb } from './web-fixture.ts';

const api = '/cps/api/v1';

/** A site with a publication and so many conflicts about the id of an object. */
async function withConflicts(count: number): Promise<WebFixture> {
  const web = await startWeb();
  const { store } = web.site;
  const { version } = await putObject(web.site, manager, { path: ['a'] });
  await web.services.publish(web.site, { id: 'People', path: '/', actor: manager });
  const subscriber = { publication: 'People', url: 'http://localhost/x', account: 'sync', tokenHash: '' };
  const { peer } = await store.addSubscriber({ ...subscriber, terms: defaultTerms, state: newSubscriberState });
  const conflicts: Conflict[] = Array.from({ length: count }, (_, at) =>
    conflict(`c${String(at)}`, peer, {
      gid: version.gid,
      publisher: { value: 'a', edit: { id: 'e:1', at: 1, by: 'paula' } },
      subscriber: { value: 'b', edit: { id: 'e:2', at: 2, by: 'sam' } },
    }),
  );
  await store.update(async () => ({ batch: { conflicts }, result: undefined }));
  return web;
}

describe('the desk over the API', () => {
  it('is read in pages, by filters', async () => {
    const web = await withConflicts(5);
    const first = await web.ask(`${api}/conflicts?limit=3&publication=People&field=id&path=/a`);
    expect(first.json).toMatchObject({ conflicts: [{ id: 'c0' }, { id: 'c1' }, { id: 'c2' }] });
    const rest = await web.ask(`${api}/conflicts?limit=3&listedAfter=${String(first.json['next'])}`);
    expect(rest.json).toMatchObject({ conflicts: [{ id: 'c3' }, { id: 'c4' }], next: null });
    expect((await web.ask(`${api}/conflicts?field=type`)).json).toMatchObject({ conflicts: [] });
    expect((await web.ask(`${api}/conflicts?publication=None`)).json).toMatchObject({ code: 'CON-R003' });
  });

  it('refuses to settle what has changed since it was read', async () => {
    const web = await withConflicts(1);
    const read = await web.ask(`${api}/conflicts/c0`);
    const tag = read.headers.get('etag') ?? '';
    const settle = (match: string) =>
      web.ask(`${api}/conflicts/c0/settlement`, {
        method: 'PUT',
        json: { keep: 'newer' },
        headers: { 'if-match': match },
      });
    expect(await settle('"999"')).toMatchObject({ status: 409, json: { code: 'CON-E006' } });
    expect(await settle('nonsense')).toMatchObject({ status: 400 });
    expect(await settle(tag)).toMatchObject({ status: 200, json: { settled: 1 } });
    expect((await web.ask(`${api}/objects`)).json).toMatchObject({ children: [{ id: 'b' }] });
    expect((await web.ask(`${api}/conflicts/c0`)).json).toMatchObject({ state: 'settled', canUndo: true });
    const body = { ids: ['c0'], versions: { c0: 1 } };
    expect(await web.ask(`${api}/conflicts/undo`, { method: 'POST', json: body })).toMatchObject({ status: 409 });
    expect(await web.ask(`${api}/conflicts/c0/settlement`, { method: 'DELETE' })).toMatchObject({ status: 204 });
    expect((await web.ask(`${api}/objects`)).json).toMatchObject({ children: [{ id: 'a' }] });
    expect(await web.ask(`${api}/conflicts/none`)).toMatchObject({ status: 404, json: { code: 'CON-R010' } });
  });

  it('refuses a value that cannot stand in the field', async () => {
    const web = await withConflicts(2);
    const { store } = web.site;
    const note = (await store.conflict('c1')) ?? expect.fail('there is one');
    const changed = { ...note, field: '/object/@lang' as Conflict['field'] };
    await store.update(async () => ({ batch: { conflicts: [changed] }, result: undefined }));
    const json = { value: 'a\u0000' };
    const one = await web.ask(`${api}/conflicts/c1/settlement`, { method: 'PUT', json });
    expect(one).toMatchObject({
      status: 400,
      json: { code: 'CON-R021', remedy: expect.stringMatching(/Give a value that fits/) as string },
    });
    expect(one.json['detail']).toBe('The value cannot stand at /object/@lang: XML cannot hold the character U+0000');
    const both = { ids: ['c0', 'c1'], ...json };
    expect(await web.ask(`${api}/conflicts/resolve`, { method: 'POST', json: both })).toMatchObject({ status: 400 });
    expect((await web.ask(`${api}/conflicts`)).json).toMatchObject({ conflicts: [{ id: 'c0' }, { id: 'c1' }] });
    expect((await web.ask(`${api}/objects`)).json).toMatchObject({ children: [{ id: 'a' }] });
  });

  it('settles all that a filter finds', async () => {
    const web = await withConflicts(3);
    const post = (action: string, json: object) => web.ask(`${api}/conflicts/${action}`, { method: 'POST', json });
    const all = { filter: { field: 'id' }, keep: 'publisher' };
    for (const count of [undefined, 2]) {
      const asked = await post('resolve', { ...all, count });
      expect(asked).toMatchObject({ status: 409, json: { code: 'CON-E010' } });
      expect(asked.text).toContain('3 open conflicts are found');
    }
    const answer = await post('resolve', { ...all, count: 3 });
    expect(answer).toMatchObject({ status: 200, json: { settled: 3, toBeSent: 0, left: 0 } });
    expect((await web.ask(`${api}/conflicts`)).json).toMatchObject({ conflicts: [] });
    const { batch } = answer.json;
    expect(await post('undo', { batch })).toMatchObject({ status: 200, json: { reopened: 3, left: 0 } });
    expect(await post('undo', { batch })).toMatchObject({ status: 404, json: { code: 'CON-R010' } });
    expect(await post('resolve', { filter: { field: 'none' }, keep: 'newer', count: 0 })).toMatchObject({
      json: { settled: 0, batch: null },
    });
  });

  it('keeps rules, which a Publisher makes and removes', async () => {
    const web = await withConflicts(2);
    const json = { field: 'id', keep: 'publisher', publication: 'People' };
    const rules = `${api}/conflict-rules`;
    expect(await web.ask(rules, { method: 'POST', as: 'mia', json })).toMatchObject({ status: 403 });
    const made = await web.ask(rules, { method: 'POST', as: 'paula', json });
    expect(made).toMatchObject({ status: 201, json: { settled: 2, rule: { by: 'paula' } } });
    const listed = await web.ask(rules, { as: 'mia' });
    // The form is what the route lists.
    const [rule] = listed.json['rules'] as readonly { readonly id: string }[];
    expect(await web.ask(`${rules}/${rule?.id ?? ''}`, { method: 'DELETE' })).toMatchObject({ status: 204 });
    expect(await web.ask(`${rules}/${rule?.id ?? ''}`, { method: 'DELETE' })).toMatchObject({ status: 404 });
  });
});

describe('tokens over the API', () => {
  it('are made, shown once, sent by scripts, and revoked', async () => {
    const web = await startWeb();
    const made = await web.ask(`${api}/tokens`, { method: 'POST', as: 'mia', json: { title: 'nightly', days: 30 } });
    expect(made).toMatchObject({ status: 201, json: { account: 'mia', title: 'nightly' } });
    const headers = { authorization: `Bearer ${String(made.json['secret'])}` };
    const ask = (path: string, method = 'GET') => web.ask(path, { as: '', method, headers });
    expect(await ask(`${api}/objects`)).toMatchObject({ status: 200 });
    expect(await ask(`${api}/accounts`)).toMatchObject({ status: 403 });
    expect(await ask('/cps_client/api/v1/objects')).toMatchObject({ status: 401 });
    expect(await ask('/readyz')).toMatchObject({ status: 401 });
    const listed = await web.ask(`${api}/tokens`);
    expect(listed.text).not.toMatch(/secret|hash/);
    expect(listed.json).toMatchObject({ tokens: [{ title: 'nightly' }] });
    expect((await web.ask(`${api}/tokens`, { as: 'paula' })).json).toMatchObject({ tokens: [] });
    expect(await web.ask(`${api}/tokens/${String(made.json['id'])}`, { method: 'DELETE', as: 'paula' })).toMatchObject({
      status: 404,
      json: { code: 'CON-R017' },
    });
    expect(await ask(`${api}/tokens/${String(made.json['id'])}`, 'DELETE')).toMatchObject({ status: 204 });
    expect(await ask(`${api}/objects`)).toMatchObject({ status: 401, json: { code: 'CON-A001' } });
  });

  it('are refused for others and without a title', async () => {
    const web = await startWeb();
    const make = (json: unknown) => web.ask(`${api}/tokens`, { method: 'POST', as: 'mia', json });
    expect(await make({ title: 'x', account: 'paula' })).toMatchObject({ status: 403 });
    expect(await make({ title: '' })).toMatchObject({ status: 400 });
    expect(await make({ title: 'x', days: 0 })).toMatchObject({ status: 400 });
  });
});

describe('sessions over the API', () => {
  it('are listed and ended: the own ones, and all of the site by a Manager', async () => {
    const web = await startWeb();
    for (const name of ['mia', 'paula']) await openBrowser(web).signIn(name);
    const mine = await web.ask(`${api}/sessions`, { as: 'mia' });
    expect(mine.json).toMatchObject({ sessions: [{ account: 'mia' }] });
    expect(mine.text).not.toMatch(/secret|passwordMark/);
    const all = await web.ask(`${api}/sessions`);
    // The form is what the route lists.
    const sessions = all.json['sessions'] as readonly { readonly id: string; readonly account: string }[];
    expect(sessions.map(({ account }) => account).sort()).toEqual(['mia', 'paula']);
    const paulas = sessions.find(({ account }) => account === 'paula')?.id ?? '';
    expect(await web.ask(`${api}/sessions/${paulas}`, { method: 'DELETE', as: 'mia' })).toMatchObject({ status: 404 });
    expect(await web.ask(`${api}/sessions/${paulas}`, { method: 'DELETE' })).toMatchObject({ status: 204 });
    expect((await web.ask(`${api}/audit`)).text).toContain('“paula” signed in');
  });
});

describe('the log over the API', () => {
  it('is read in pages, by kind, and line by line; the audit is for Managers', async () => {
    const web = await startWeb();
    const line = { at: 1, kind: 'sync', level: 'info', subject: 'R', text: '' } as const;
    for (let at = 0; at < 5; at += 1) await web.site.store.record({ ...line, details: { at } });
    const first = await web.ask(`${api}/log?kind=sync&limit=3`, { as: 'paula' });
    expect(first.json).toMatchObject({ lines: [{ details: { at: 4 } }, {}, { details: { at: 2 } }] });
    const next = Number(first.json['next']);
    const rest = await web.ask(`${api}/log?kind=sync&before=${next}`);
    expect(rest.json).toMatchObject({ lines: [{ details: { at: 1 } }, { details: { at: 0 } }], next: null });
    expect((await web.ask(`${api}/log/${next}`)).json).toMatchObject({ details: { at: 2 } });
    for (const wrong of ['999999', 'x', '-1'])
      expect(await web.ask(`${api}/log/${wrong}`)).toMatchObject({ status: 404, json: { code: 'CON-R018' } });
    expect(await web.ask(`${api}/audit`, { as: 'paula' })).toMatchObject({ status: 403 });
    expect((await web.ask(`${api}/audit?limit=2`)).json).toMatchObject({ lines: [{ kind: 'administration' }, {}] });
  });
});

describe('many activities over the API', () => {
  it('are restarted and cancelled together, and counted by the hour', async () => {
    const web = await startWeb();
    const { queue } = web.site;
    const ids: number[] = [];
    for (let at = 1; at <= 5; at += 1)
      ids.push(await queue.add({ work: { name: 'collect-garbage' }, notBefore: web.time.now + at }));
    const first = await web.ask(`${api}/activities?limit=2&state=waiting`);
    expect(first.json).toMatchObject({ activities: [{ id: ids[0] }, { id: ids[1] }], next: ids[1] });
    expect((await web.ask(`${api}/activities?after=${String(ids[1])}`)).json).toMatchObject({ next: null });
    const many = (action: string, json: unknown, as = 'seb') =>
      web.ask(`${api}/activities/${action}`, { method: 'POST', json, as });
    expect(await many('restart', { ids: [ids[0], 999] })).toMatchObject({ json: { changed: 1, skipped: 1 } });
    expect(await many('cancel', { ids: [999] })).toMatchObject({ status: 404 });
    expect(await many('cancel', { state: 'waiting' }, 'paula')).toMatchObject({ status: 403 });
    expect(await many('cancel', { state: 'waiting' })).toMatchObject({ json: { changed: 4, skipped: 0 } });
    await web.ask('/cps/portal_activities/tic', { method: 'POST' });
    const counts = await web.ask(`${api}/activity-counts?hours=1`);
    expect(counts.json).toMatchObject({ counts: [{ work: 'collect-garbage', outcome: 'done', count: 1 }] });
  });
});
