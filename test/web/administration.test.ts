import { describe, expect, it } from 'vitest';
import { putObject } from '../../src/use-cases/objects/write-object.ts';
import { newSubscriberState } from '../../src/synchronization/subscriber.ts';
import { defaultTerms, newSubscriptionState } from '../../src/synchronization/subscription.ts';
import type { WebFixture } from './web-fixture.ts';
import { manager, startWeb } from './web-fixture.ts';

const api = '/cps/api/v1';
const clientApi = '/cps_client/api/v1';

async function withRepository(): Promise<WebFixture> {
  const web = await startWeb();
  await putObject(web.site, manager, { path: ['portal_repository'] });
  return web;
}

const subscription = {
  publicationUrl: 'http://localhost:9673/cps',
  subscriptionUrl: 'http://localhost:9673/cps_client/Repository',
  path: '/cps_client/portal_repository',
  user: 'sync',
  password: 'top:secret',
};

describe('a publication over the API', () => {
  it('is made, shown, changed and ended', async () => {
    const web = await withRepository();
    const address = `${api}/publications/${encodeURIComponent('Répo "1"/2')}`;
    const made = await web.ask(address, { method: 'PUT', json: { path: '/cps/portal_repository', mayPush: ['sync'] } });
    expect(made).toMatchObject({
      status: 201,
      json: { id: 'Répo "1"/2', path: '/portal_repository', mayPush: ['sync'], conflictPolicy: null },
    });
    expect(await web.ask(address, { method: 'PUT', json: { conflictPolicy: 'NEWER' } })).toMatchObject({
      status: 200,
      json: { conflictPolicy: 'NEWER', mayPush: ['sync'] },
    });
    expect(await web.ask(address, { method: 'PUT', json: { conflictPolicy: null } })).toMatchObject({
      json: { conflictPolicy: null },
    });
    expect(await web.ask(`${api}/publications`)).toMatchObject({ json: { publications: [{ id: 'Répo "1"/2' }] } });
    expect(await web.ask(`${api}/subscribers`)).toMatchObject({ json: { subscribers: [] } });
    const nobody = `publication=${encodeURIComponent('Répo "1"/2')}&url=http://localhost:9673/nobody`;
    expect(await web.ask(`${api}/subscribers?${nobody}`, { method: 'DELETE' })).toMatchObject({
      status: 404,
      json: { code: 'CON-R004' },
    });
    expect(await web.ask(address, { method: 'DELETE' })).toMatchObject({ status: 204 });
    expect(await web.ask(address)).toMatchObject({ status: 404, json: { code: 'CON-R003' } });
  });

  it.each([
    [{ path: '/nowhere' }, 404, 'CON-R002'],
    [{ path: '/portal_repository', conduit: 'nonsense' }, 422, 'CON-R005'],
    [{ path: '/portal_repository', mapping: 'nonsense' }, 422, 'CON-R005'],
    [{ path: '/portal_repository', conflictPolicy: 'LOUDEST' }, 400, 'CON-R008'],
    [{ path: '/portal_repository', colour: 'red' }, 400, 'CON-R008'],
    [{}, 400, 'CON-R008'],
  ])('is refused as %j', async (json, status, code) => {
    const web = await withRepository();
    expect(await web.ask(`${api}/publications/Repository`, { method: 'PUT', json })).toMatchObject({
      status,
      json: { code },
    });
    expect((await web.ask(`${api}/publications`)).json['publications']).toEqual([]);
  });
});

describe('a subscription over the API', () => {
  it('is made, shown without its secrets, changed and ended', async () => {
    const web = await startWeb();
    const address = `${clientApi}/subscriptions/Repository`;
    const made = await web.ask(address, { method: 'PUT', json: subscription });
    expect(made).toMatchObject({
      status: 201,
      json: { id: 'Repository', state: 'never', path: '/portal_repository', user: 'sync' },
    });
    const changed = await web.ask(address, { method: 'PUT', json: { mode: 'pull', schedule: '0 3 * * *' } });
    expect(changed).toMatchObject({ status: 200, json: { mode: 'pull', schedule: '0 3 * * *', user: 'sync' } });
    for (const answer of [made, changed, await web.ask(address), await web.ask(`${clientApi}/subscriptions`)])
      expect(answer.text).not.toMatch(/secret|"password"|"token"/);
    expect(await web.ask(address, { method: 'DELETE' })).toMatchObject({ status: 204 });
    expect(await web.ask(address)).toMatchObject({ status: 404, json: { code: 'CON-R004' } });
  });

  it('is synchronised by queueing it, once however often somebody asks', async () => {
    const web = await startWeb();
    await web.ask(`${clientApi}/subscriptions/Repository`, { method: 'PUT', json: subscription });
    const sync = `${clientApi}/subscriptions/Repository/sync`;
    const first = await web.ask(sync, { method: 'POST', as: 'mia' });
    expect(first).toMatchObject({ status: 202 });
    expect((await web.ask(sync, { method: 'POST', as: 'mia' })).json).toEqual(first.json);
    const activity = await web.ask(`${clientApi}/activities/${String(first.json['activity'])}`);
    expect(activity.json).toMatchObject({ work: { name: 'synchronize', subscription: 'Repository', options: {} } });
    expect(await web.ask(`${clientApi}/subscriptions/Other/sync`, { method: 'POST' })).toMatchObject({
      status: 404,
      json: { code: 'CON-R004' },
    });
  });

  it('is refreshed or allowed to delete by a Publisher only', async () => {
    const web = await startWeb();
    await web.ask(`${clientApi}/subscriptions/Repository`, { method: 'PUT', json: subscription });
    const sync = `${clientApi}/subscriptions/Repository/sync`;
    for (const json of [{ refreshFrom: 'publisher' }, { allowDeletions: 100 }]) {
      expect(await web.ask(sync, { method: 'POST', as: 'mia', json })).toMatchObject({
        status: 403,
        json: { code: 'CON-A002' },
      });
      expect(await web.ask(sync, { method: 'POST', as: 'paula', json })).toMatchObject({ status: 202 });
    }
    expect(await web.ask(sync, { method: 'POST', json: { faster: true } })).toMatchObject({ status: 400 });
  });

  it('shows a plan, which a sync can be told to carry out', async () => {
    const web = await startWeb();
    await web.ask(`${clientApi}/subscriptions/Repository`, { method: 'PUT', json: subscription });
    const preview = await web.ask(`${clientApi}/subscriptions/Repository/preview`, { method: 'POST', as: 'mia' });
    expect(preview).toMatchObject({ status: 200, json: { kind: 'changes', send: [], receive: [] } });
    const sync = `${clientApi}/subscriptions/Repository/sync`;
    const asked = await web.ask(sync, { method: 'POST', as: 'mia', json: { plan: preview.json['name'] } });
    const activity = await web.ask(`${clientApi}/activities/${String(asked.json['activity'])}`);
    expect(activity.json).toMatchObject({ work: { options: { plan: preview.json['name'] } } });
  });

  it('that is being synchronised says so to a second Sync', async () => {
    const web = await startWeb();
    const { store } = await web.services.site('cps_client');
    await web.ask(`${clientApi}/subscriptions/Repository`, { method: 'PUT', json: subscription });
    const row = await store.subscription('Repository');
    if (row === undefined) expect.fail('the subscription is there');
    const state = { ...newSubscriptionState, lease: { holder: 'another process', until: web.time.now + 1_000 } };
    await store.update(async () => ({ batch: { subscriptions: [{ row: { ...row, state } }] }, result: undefined }));
    const sync = `${clientApi}/subscriptions/Repository/sync`;
    const answer = await web.ask(sync, { method: 'POST' });
    expect(answer).toMatchObject({ status: 409, json: { code: 'CON-E001' } });
    web.time.now += 1_000;
    expect(await web.ask(sync, { method: 'POST' })).toMatchObject({ status: 202 });
  });
});

describe('activities over the API', () => {
  it('are listed by state, restarted, cancelled and invoked', async () => {
    const web = await startWeb();
    const id = await web.site.queue.add({ work: { name: 'collect-garbage' }, notBefore: web.time.now + 1_000 });
    const listed = await web.ask(`${api}/activities?state=waiting`);
    expect(listed.json).toMatchObject({ activities: [{ id }], count: { waiting: 1 } });
    expect((await web.ask(`${api}/activities?state=failed`)).json).toMatchObject({ activities: [] });
    expect(await web.ask(`${api}/activities/${id}/invoke`, { method: 'POST' })).toMatchObject({ status: 204 });
    expect(await web.ask(`${api}/activities/${id}`)).toMatchObject({ status: 404, json: { code: 'CON-R013' } });
    const other = await web.site.queue.add({ work: { name: 'collect-garbage' }, notBefore: web.time.now + 1_000 });
    expect(await web.ask(`${api}/activities/${other}/restart`, { method: 'POST' })).toMatchObject({ status: 204 });
    expect((await web.ask(`${api}/activities/${other}`)).json).toMatchObject({ state: 'runnable' });
    expect(await web.ask(`${api}/activities/${other}/cancel`, { method: 'POST' })).toMatchObject({ status: 204 });
    for (const wrong of [other, 'x', '-1', '1e3'])
      expect(await web.ask(`${api}/activities/${wrong}/cancel`, { method: 'POST' })).toMatchObject({
        status: 404,
        json: { code: 'CON-R013' },
      });
  });
});

describe('accounts over the API', () => {
  const account = `${api}/accounts/${encodeURIComponent('Zoë O’Neil')}`;

  it('are made, listed without hashes, changed and removed', async () => {
    const web = await startWeb();
    expect(await web.ask(account, { method: 'PUT', json: { roles: ['Member'], password: 'p:w' } })).toMatchObject({
      status: 201,
    });
    expect(await web.ask(`${api}/objects`, { as: 'Zoë O’Neil', password: 'p:w' })).toMatchObject({ status: 200 });
    expect(await web.ask(account, { method: 'PUT', json: { roles: ['Synchronizer'] } })).toMatchObject({
      status: 200,
      json: { roles: ['Synchronizer'] },
    });
    expect(await web.ask(`${api}/objects`, { as: 'Zoë O’Neil', password: 'p:w' })).toMatchObject({ status: 403 });
    const list = await web.ask(`${api}/accounts`);
    expect(list.json['accounts']).toHaveLength(5);
    expect(list.text).not.toMatch(/scrypt|hash/i);
    expect(await web.ask(account, { method: 'DELETE' })).toMatchObject({ status: 204 });
    expect(await web.ask(account, { method: 'DELETE' })).toMatchObject({ status: 404, json: { code: 'CON-R011' } });
  });

  it('let everybody set the own password, and Managers any', async () => {
    const web = await startWeb();
    const set = (name: string, as: string) =>
      web.ask(`${api}/accounts/${name}/password`, { method: 'PUT', as, json: { password: `${name}:secret` } });
    expect(await set('mia', 'mia')).toMatchObject({ status: 204 });
    expect(await set('sync', 'sync')).toMatchObject({ status: 204 });
    expect(await set('paula', 'mia')).toMatchObject({ status: 403, json: { code: 'CON-A002' } });
    expect(await set('paula', 'seb')).toMatchObject({ status: 204 });
    expect(await set('nobody', 'seb')).toMatchObject({ status: 404, json: { code: 'CON-R011' } });
  });

  it.each([
    ['a:b', { roles: ['Member'], password: 'x' }],
    ['x', { roles: ['Member'] }],
    ['x', { roles: [], password: 'x' }],
    ['x', { roles: ['King'], password: 'x' }],
    ['x', { roles: ['Member'], password: 'a\nb' }],
    [' x', { roles: ['Member'], password: 'x' }],
  ])('are refused as %j with %j', async (name, json) => {
    const web = await startWeb();
    const answer = await web.ask(`${api}/accounts/${encodeURIComponent(name)}`, { method: 'PUT', json });
    expect(answer).toMatchObject({ status: 400, json: { code: 'CON-R008' } });
    expect(await web.site.accounts.account(name)).toBeUndefined();
  });

  it('leave a line in the log when they change', async () => {
    const web = await startWeb();
    await web.ask(account, { method: 'PUT', json: { roles: ['Member'], password: 'p:w' } });
    const log = await web.ask(`${api}/log?limit=1`);
    expect(log.json).toMatchObject({ lines: [{ kind: 'administration', subject: 'seb' }] });
    expect(log.text).toContain('Zoë');
    expect(log.text).not.toContain('p:w');
  });
});

describe('conflicts over the API', () => {
  async function withConflict(): Promise<WebFixture> {
    const web = await startWeb();
    const { version } = await putObject(web.site, manager, { path: ['a'] });
    await web.services.publish(web.site, { id: 'all', path: '/', actor: manager });
    const { peer } = await web.site.store.addSubscriber({
      publication: 'all',
      url: 'http://localhost:9673/cps_client/all',
      account: 'sync',
      tokenHash: '',
      terms: defaultTerms,
      state: newSubscriberState,
    });
    const edit = { id: 'e:1', at: 1, by: 'mia' };
    const conflict = {
      id: 'c1',
      peer,
      role: 'publisher',
      gid: version.gid,
      field: 'id',
      base: 'o',
      publisher: { value: 'a', edit },
      subscriber: { value: 'b', edit },
      state: 'open',
      settledBy: undefined,
      openedAt: 1,
    } as const;
    await web.site.store.update(async () => ({ batch: { conflicts: [conflict] }, result: undefined }));
    return web;
  }

  function resolve(web: WebFixture, json: unknown): ReturnType<WebFixture['ask']> {
    return web.ask(`${api}/conflicts/resolve`, { method: 'POST', as: 'mia', json });
  }

  it('are listed with the path of their object, by filter', async () => {
    const web = await withConflict();
    const expected = { id: 'c1', path: '/a', field: 'id', publisher: { value: 'a' }, subscriber: { value: 'b' } };
    for (const query of ['', '?path=/a', '?state=all', '?role=publisher&limit=1', '?limit=1000'])
      expect((await web.ask(`${api}/conflicts${query}`)).json, query).toMatchObject({ conflicts: [expected] });
    for (const query of ['?state=settled', '?role=subscriber', '?peer=99', '?gid=other'])
      expect((await web.ask(`${api}/conflicts${query}`)).json, query).toEqual({ conflicts: [], next: null });
    expect(await web.ask(`${api}/conflicts?path=/nobody`)).toMatchObject({ status: 404, json: { code: 'CON-R002' } });
  });

  it.each([
    [{ keep: 'publisher' }, 'a'],
    [{ keep: 'subscriber' }, 'b'],
    [{ value: 'ç' }, 'ç'],
  ])('are settled with %j, once', async (settlement, id) => {
    const web = await withConflict();
    const settled = await resolve(web, { ids: ['c1'], ...settlement });
    expect(settled).toMatchObject({ status: 200, json: { settled: 1, toBeSent: 0 } });
    expect((await web.ask(`${api}/objects`)).json).toMatchObject({ children: [{ id }] });
    const again = await resolve(web, { ids: ['c1'], ...settlement });
    expect(again).toMatchObject({ status: 409, json: { code: 'CON-E006' } });
  });

  it('are settled all or none', async () => {
    const web = await withConflict();
    const answer = await resolve(web, { ids: ['c1', 'c2'], keep: 'subscriber' });
    expect(answer).toMatchObject({ status: 404, json: { code: 'CON-R010' } });
    expect((await web.ask(`${api}/objects`)).json).toMatchObject({ children: [{ id: 'a' }] });
  });

  it.each([
    { ids: [], keep: 'publisher' },
    { ids: ['c1'] },
    { ids: ['c1'], keep: 'both' },
    { ids: ['c1'], keep: 'publisher', value: 'x' },
    { ids: ['c1'], value: 7 },
  ])('are not settled as %j', async (json) => {
    const web = await withConflict();
    expect(await resolve(web, json)).toMatchObject({ status: 400, json: { code: 'CON-R008' } });
  });
});
