import { describe, expect, it } from 'vitest';
import { setPassword } from '../../src/use-cases/administration/accounts.ts';
import { openBrowser } from './pages/browser.ts';
import { manager, startWeb } from './web-fixture.ts';

const api = '/cps/api/v1';

describe('every address but /healthz', () => {
  it.each([
    '/cps',
    '/cps/asXML',
    '/cps/portal_synchronizations',
    `${api}/objects`,
    `${api}/openapi.json`,
    '/nowhere',
    '/',
    '/readyz',
    '/metrics',
    `${api}/nothing`,
  ])('asks who you are: %s', async (path) => {
    const web = await startWeb();
    const answer = await web.ask(path, { as: '' });
    expect(answer).toMatchObject({ status: 401, json: { code: 'CON-A001' } });
    expect(answer.headers.get('www-authenticate')).toMatch(/^Basic realm=/);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer.json['remedy']).toContain('Sign in');
  });

  it('answers at /healthz to everybody', async () => {
    const web = await startWeb();
    expect(await web.ask('/healthz', { as: '' })).toMatchObject({ status: 200, text: 'ok\n' });
  });
});

describe('a sign-in', () => {
  it('takes a password with colons, and letters of any script', async () => {
    const web = await startWeb();
    await setPassword(web.site, manager, { name: 'mia', password: 'пароль:密码:' });
    expect(await web.ask(`${api}/objects`, { as: 'mia', password: 'пароль:密码:' })).toMatchObject({ status: 200 });
    expect(await web.ask(`${api}/objects`, { as: 'mia', password: 'пароль' })).toMatchObject({ status: 401 });
  });

  it.each(['Basic', 'Basic !!!', 'Basic bWlh', 'Bearer abc', 'Digest username="mia"', ''])(
    'is none with the header %j',
    async (authorization) => {
      const web = await startWeb();
      expect(await web.ask(`${api}/objects`, { as: '', headers: { authorization } })).toMatchObject({ status: 401 });
    },
  );

  it('of an account of the installation is good on all its sites', async () => {
    const web = await startWeb();
    for (const path of ['/cps/portal_activities', '/cps_client/portal_activities', '/readyz', '/metrics'])
      expect(await web.ask(path, { as: 'admin' })).toMatchObject({ status: 200 });
  });

  it('of an account of a site is not good for the installation', async () => {
    const web = await startWeb();
    for (const path of ['/readyz', '/metrics', '/nowhere']) expect(await web.ask(path)).toMatchObject({ status: 401 });
    expect(await web.ask('/nowhere', { as: 'admin' })).toMatchObject({ status: 404, json: { code: 'CON-R001' } });
  });

  it('ends with a changed password or a removed account, however fresh it was', async () => {
    const web = await startWeb();
    expect(await web.ask(`${api}/objects`, { as: 'mia' })).toMatchObject({ status: 200 });
    await setPassword(web.site, manager, { name: 'mia', password: 'another' });
    expect(await web.ask(`${api}/objects`, { as: 'mia' })).toMatchObject({ status: 401 });
    await web.site.accounts.removeAccount('mia');
    expect(await web.ask(`${api}/objects`, { as: 'mia', password: 'another' })).toMatchObject({ status: 401 });
  });

  it('is locked for a minute after ten wrong passwords, for that account only', async () => {
    const web = await startWeb();
    const wrong = { as: 'mia', password: 'wrong' };
    for (let tries = 0; tries < 10; tries++)
      expect(await web.ask(`${api}/objects`, wrong)).toMatchObject({ status: 401 });
    const locked = await web.ask(`${api}/objects`, { as: 'mia' });
    expect(locked).toMatchObject({ status: 429, json: { code: 'CON-A003' } });
    expect(locked.headers.get('retry-after')).toBe('60');
    expect(await web.ask(`${api}/objects`, { as: 'paula' })).toMatchObject({ status: 200 });
    web.time.now += 60_000;
    expect(await web.ask(`${api}/objects`, { as: 'mia' })).toMatchObject({ status: 200 });
  });

  it('that is right in between forgives what was wrong before', async () => {
    const web = await startWeb();
    for (let round = 0; round < 3; round++) {
      for (let tries = 0; tries < 9; tries++) await web.ask(`${api}/objects`, { as: 'mia', password: 'wrong' });
      expect(await web.ask(`${api}/objects`, { as: 'mia' })).toMatchObject({ status: 200 });
    }
  });

  it('learns nothing from many tries at the same time', async () => {
    const web = await startWeb({ settings: { failedSignInsPerMinute: 1_000 } });
    const tries = Array.from({ length: 40 }, (_, index) =>
      web.ask(`${api}/objects`, { as: 'mia', password: `guess ${index}` }),
    );
    const statuses = (await Promise.all(tries)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 401).length).toBe(10);
    expect(statuses.filter((status) => status === 429).length).toBe(30);
  });

  it('that fails is a line of the log, with the address it came from and without the password', async () => {
    const web = await startWeb();
    await web.ask(`${api}/objects`, { as: 'mia', password: 'hunter2' });
    const [line] = await web.site.store.log({ limit: 1 });
    expect(line).toMatchObject({ kind: 'access', level: 'warning', subject: 'mia' });
    expect(line?.details['address']).toMatch(/127\.0\.0\.1|::1/);
    expect(JSON.stringify(line)).not.toContain('hunter2');
  });

  it('is held back by address when many accounts are tried, but not for asking without credentials', async () => {
    const web = await startWeb({ settings: { failedSignInsPerMinute: 5 } });
    for (let tries = 0; tries < 8; tries++)
      expect(await web.ask(`${api}/objects`, { as: '' })).toMatchObject({ status: 401 });
    for (let tries = 0; tries < 5; tries++)
      expect(await web.ask(`${api}/objects`, { as: `nobody${tries}` })).toMatchObject({ status: 401 });
    expect(await web.ask(`${api}/objects`, { as: 'mia' })).toMatchObject({ status: 429, json: { code: 'CON-A003' } });
  });

  it('is held back by the page too, however its address is written', async () => {
    const web = await startWeb({ settings: { failedSignInsPerMinute: 5 } });
    const statuses: number[] = [];
    for (let tries = 0; tries < 7; tries++) {
      const browser = openBrowser(web);
      const csrf = (await browser.open('/sign-in')).one('//input[@name="csrf"]/@value');
      const cookie = `concord-form=${browser.cookies.get('concord-form') ?? ''}`;
      const body = new URLSearchParams({ csrf, name: `nobody${tries}`, password: 'wrong' });
      statuses.push((await fetch(`${web.address}/sign-in/`, { method: 'POST', headers: { cookie }, body })).status);
    }
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429]);
  });

  it('is not asked for more often than allowed, right or wrong', async () => {
    const web = await startWeb({ settings: { requestsPerMinute: 3 } });
    for (let tries = 0; tries < 3; tries++) expect(await web.ask(`${api}/objects`)).toMatchObject({ status: 200 });
    expect(await web.ask(`${api}/objects`)).toMatchObject({ status: 429 });
    expect(await web.ask('/healthz')).toMatchObject({ status: 200 });
  });
});

describe('a role', () => {
  const tries: readonly (readonly [method: string, path: string, roles: readonly string[]])[] = [
    ['GET', `${api}/objects`, ['seb', 'paula', 'mia', 'admin']],
    ['GET', '/cps/asXML', ['seb', 'paula', 'mia', 'admin']],
    ['GET', '/cps/portal_synchronizations', ['seb', 'paula', 'mia', 'admin']],
    ['GET', `${api}/publications`, ['seb', 'paula', 'mia', 'admin']],
    ['GET', `${api}/log`, ['seb', 'paula', 'admin']],
    ['GET', `${api}/accounts`, ['seb', 'admin']],
    ['POST', '/cps/portal_activities/distribute', ['seb', 'sync', 'admin']],
    ['GET', `${api}/openapi.json`, ['seb', 'paula', 'mia', 'sync', 'admin']],
  ];

  it.each(tries)('lets %s %s to %j only', async (method, path, allowed) => {
    const web = await startWeb();
    for (const as of ['seb', 'paula', 'mia', 'sync', 'admin']) {
      const { status } = await web.ask(path, { method, as });
      expect.soft([as, status]).toEqual([as, allowed.includes(as) ? 200 : 403]);
    }
  });

  it('that a Synchronizer has not lets it write nothing', async () => {
    const web = await startWeb();
    const put = { method: 'PUT', as: 'sync', body: '<a/>', headers: { 'content-type': 'text/xml' } };
    const answer = await web.ask(`${api}/objects/a`, put);
    expect(answer).toMatchObject({ status: 403, json: { code: 'CON-A002' } });
    expect(answer.text).toContain('Publisher or Member');
  });
});

describe('a page of another site', () => {
  const put = { method: 'PUT', body: '<a/>', headers: { 'content-type': 'text/xml' } };

  it.each([
    ['another origin', { origin: 'https://evil.example' }],
    ['an origin that is hidden', { origin: 'null' }],
    ['what the browser calls cross-site', { 'sec-fetch-site': 'cross-site' }],
    ['what the browser calls same-site', { 'sec-fetch-site': 'same-site' }],
  ])('cannot make a browser change something from %s', async (_, headers) => {
    const web = await startWeb();
    const refused = { status: 403, json: { code: 'CON-W006' } };
    expect(await web.ask(`${api}/objects/a`, { ...put, headers: { ...put.headers, ...headers } })).toMatchObject(
      refused,
    );
    expect(await web.ask('/cps/portal_activities/tic', { headers })).toMatchObject(refused);
    expect(await web.ask(`${api}/objects/a`)).toMatchObject({ status: 404 });
  });

  it('is not taken for one of our own, or for a program', async () => {
    const web = await startWeb();
    for (const headers of [
      { origin: web.address },
      { 'sec-fetch-site': 'same-origin' },
      { 'sec-fetch-site': 'none' },
      {},
    ])
      expect(
        (await web.ask(`${api}/objects/a`, { ...put, headers: { ...put.headers, ...headers } })).status,
      ).toBeLessThan(300);
  });
});

describe('an answer', () => {
  it('carries security headers and is kept by nobody', async () => {
    const web = await startWeb();
    for (const path of ['/healthz', `${api}/objects`, '/nowhere']) {
      const { headers } = await web.ask(path);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(headers.get('x-powered-by')).toBeNull();
      expect(headers.get('cache-control')).toMatch(/no-store|no-cache/);
    }
  });

  it('to a fault of our own tells strangers nothing about it, and the log everything', async () => {
    const fault = new TypeError('secret inside');
    const web = await startWeb({ services: { distribute: () => Promise.reject(fault) } });
    const answer = await web.ask('/cps/portal_activities/distribute');
    expect(answer).toMatchObject({ status: 500, json: { code: 'CON-I001' } });
    expect(answer.text).not.toContain('secret inside');
    expect(web.faults).toEqual([fault]);
  });
});
