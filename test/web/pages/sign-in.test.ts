import { describe, expect, it } from 'vitest';
import { addAccount, setPassword } from '../../../src/use-cases/administration/accounts.ts';
import { topGid } from '../../../src/objects/gid.ts';
import { manager, startWeb } from '../web-fixture.ts';
import { openBrowser } from './browser.ts';

describe('a person without a session', () => {
  it.each(['/', '/cps', '/cps/manage_contents', '/cps/nothing/manage_view', '/nowhere', '/cps/asXML', '/-/password'])(
    'is brought from %s to the page to sign in, and back',
    async (path) => {
      const browser = openBrowser(await startWeb());
      const page = await browser.open(path);
      expect(page.title).toMatch(/^Sign in/);
      expect(page.status).toBe(200);
      if (path === '/cps/manage_contents') expect(new URL(page.url).searchParams.get('to')).toBe(path);
    },
  );

  it('is told nothing about which sites there are', async () => {
    const browser = openBrowser(await startWeb());
    const there = await browser.open('/cps_client/x/manage_view');
    const nowhere = await browser.open('/cps_none/x/manage_view');
    expect(there.all('//form//input[@type!="hidden"]/@name')).toEqual(['name', 'password']);
    expect(nowhere.title).toBe('Sign in to cps_none');
    expect(nowhere.all('//form//input[@type!="hidden"]/@name')).toEqual(['name', 'password']);
  });
});

describe('the page to sign in', () => {
  it('opens a session that only the browser has, by a cookie that no script reads', async () => {
    const web = await startWeb();
    const browser = openBrowser(web);
    expect((await browser.signIn('mia')).title).toBe('cps');
    const [session] = await web.services.sessions.sessions.sessions();
    expect(session).toMatchObject({ account: 'mia', site: 'cps' });
    const secret = browser.cookies.get('concord-session') ?? '';
    expect(secret.length).toBe(43);
    expect(JSON.stringify(session)).not.toContain(secret);
    const form = await browser.open('/sign-in');
    const answer = await fetch(`${web.address}/sign-in`, {
      method: 'POST',
      redirect: 'manual',
      headers: { cookie: `concord-form=${browser.cookies.get('concord-form') ?? ''}` },
      body: new URLSearchParams({ csrf: form.one('//input[@name="csrf"]/@value'), name: 'x', password: 'y' }),
    });
    expect(answer.status).toBe(403);
  });

  it('keeps the name and says what is wrong, without the password', async () => {
    const browser = openBrowser(await startWeb());
    const page = await browser.submit(await browser.open('/sign-in?to=/cps'), { name: 'mia', password: 'wrong' });
    expect(page.status).toBe(401);
    expect(page.headers.get('www-authenticate')).not.toMatch(/basic/i);
    expect(page.one('//*[@role="alert"]')).toContain('wrong');
    expect(page.one('//input[@name="name"]/@value')).toBe('mia');
    expect(page.html).not.toContain('"wrong"');
    const empty = await browser.submit(page, { name: '', password: '' });
    expect(empty.status).toBe(422);
    expect(empty.all('//*[contains(@class, "fault")]').length).toBeGreaterThan(1);
  });

  it('locks an account that is guessed at, as the API does, and says so', async () => {
    const browser = openBrowser(await startWeb());
    const form = await browser.open('/sign-in?to=/cps');
    for (let tries = 0; tries < 10; tries++) await browser.submit(form, { name: 'mia', password: `guess ${tries}` });
    const locked = await browser.submit(form, { name: 'mia', password: 'mia:secret' });
    expect(locked.status).toBe(429);
    expect(locked.one('//*[@role="alert"]')).toContain('Too many');
  });

  it('holds an address back that tries many accounts', async () => {
    const browser = openBrowser(await startWeb({ settings: { failedSignInsPerMinute: 3 } }));
    const form = await browser.open('/sign-in?to=/cps');
    for (let tries = 0; tries < 3; tries++) await browser.submit(form, { name: `who${tries}`, password: 'x' });
    expect((await browser.submit(form, { name: 'mia', password: 'mia:secret' })).status).toBe(429);
  });

  it('sends nobody to another server', async () => {
    const web = await startWeb();
    for (const to of ['https://elsewhere.example/', '//elsewhere.example', '/\\elsewhere.example', 'javascript:1']) {
      const browser = openBrowser(web);
      const page = await browser.submit(await browser.open(`/sign-in?to=${encodeURIComponent(to)}`), {
        name: 'mia',
        password: 'mia:secret',
        site: 'cps',
      });
      expect(page.url.startsWith(web.address)).toBe(true);
    }
  });

  it('gives its cookies to https alone where it is reached so', async () => {
    const web = await startWeb({ settings: { trustedProxies: 1 } });
    const cookieOf = async (headers: Record<string, string>): Promise<string> =>
      (await fetch(`${web.address}/sign-in`, { headers: { accept: 'text/html', ...headers } })).headers.get(
        'set-cookie',
      ) ?? '';
    expect(await cookieOf({ 'x-forwarded-proto': 'https' })).toMatch(
      /^concord-form=.*; HttpOnly; SameSite=Lax; Secure$/,
    );
    expect(await cookieOf({})).toMatch(/; HttpOnly; SameSite=Lax$/);
  });

  it('lets an account of one site in when its site is named', async () => {
    const browser = openBrowser(await startWeb());
    const page = await browser.submit(await browser.open('/sign-in'), {
      name: 'mia',
      password: 'mia:secret',
      site: 'cps',
    });
    expect(page.url).toContain('/cps/manage_contents');
  });
});

describe('a session', () => {
  it('is good at the API too, but not for what a page of another site sends', async () => {
    const web = await startWeb();
    const browser = openBrowser(web);
    await browser.signIn('mia');
    const cookie = `concord-session=${browser.cookies.get('concord-session') ?? ''}`;
    const list = await fetch(`${web.address}/cps/api/v1/objects`, { headers: { cookie } });
    expect(list.status).toBe(200);
    const put = (headers: Record<string, string>) =>
      fetch(`${web.address}/cps/api/v1/objects/x`, {
        method: 'PUT',
        body: '<a/>',
        headers: { cookie, 'content-type': 'text/xml', ...headers },
      });
    expect((await put({ origin: 'https://elsewhere.example' })).status).toBe(403);
    expect((await put({ origin: web.address })).status).toBe(201);
  });

  it('is written in the log of the site, with where it came from', async () => {
    const web = await startWeb();
    await openBrowser(web).signIn('mia');
    const [line] = await web.site.store.log({ limit: 1 });
    expect(line).toMatchObject({ kind: 'access', level: 'info', subject: 'mia' });
    expect(line?.text).toContain('signed in');
  });

  it('tells a signed-in person that there is no such site, and where to go on', async () => {
    const web = await startWeb();
    const browser = openBrowser(web);
    await browser.submit(await browser.open('/sign-in'), { name: 'admin', password: 'admin:secret' });
    for (const path of ['/nowhere/asXML', '/nowhere/manage_view', '/-/nothing/at/all']) {
      const page = await browser.open(path);
      expect(page.status, path).toBe(404);
      expect(page.link('To the start page')).toBe('/');
    }
  });

  it('of one site is none at another', async () => {
    const browser = openBrowser(await startWeb());
    await browser.signIn('mia');
    expect((await browser.open('/cps_client/manage_contents')).title).toMatch(/^Sign in/);
  });

  it('ends when one signs out, at the server too', async () => {
    const web = await startWeb();
    const browser = openBrowser(web);
    const page = await browser.signIn('mia');
    const out = await browser.submit(page, {}, '/sign-out');
    expect(out.one('//*[@role="status"]')).toContain('signed out');
    expect(await web.services.sessions.sessions.sessions()).toEqual([]);
    expect(browser.cookies.has('concord-session')).toBe(false);
  });

  it('that has ended brings to the page to sign in, and what was typed can still be sent afterwards', async () => {
    const web = await startWeb();
    const browser = openBrowser(web);
    await browser.signIn('mia');
    const form = await browser.open('/-/password');
    web.time.now += 13 * 3_600_000;
    const later = await browser.open('/cps/manage_contents');
    expect(later.title).toBe('Sign in to cps');
    await browser.submit(later, { name: 'mia', password: 'mia:secret' });
    const sent = await browser.submit(form, { password: 'a new one 1', again: 'a new one 1' });
    expect(sent.text).toContain('The password is changed');
  });
});

describe('a form that is sent when the sign-in has ended', () => {
  const xml = '<a>what I "typed" &amp; more</a>';

  it('is kept over signing in again, and sent when that is said', async () => {
    const web = await startWeb();
    const browser = openBrowser(web);
    await browser.signIn('mia');
    const form = await browser.open('/cps/manage_add');
    web.time.now += 13 * 3_600_000;
    const expired = await browser.submit(form, { id: 'x', kind: 'xml', xml });
    expect(expired.status).toBe(401);
    expect(expired.one('//*[@role="alert"]')).toContain('Nothing that you typed is lost');
    const wrong = await browser.submit(expired, { name: 'mia', password: 'wrong' });
    const again = await browser.submit(wrong, { name: 'mia', password: 'mia:secret' });
    expect(again.title).toBe('You are signed in again');
    expect(await web.site.store.countChildren(topGid)).toBe(0);
    const added = await browser.submit(again, {});
    expect(added.one('//*[@role="status"]')).toBe('Added.');
    expect(added.text).toContain('what I "typed" & more');
  });

  it('is not kept for another account, nor when it came from elsewhere, nor with a password in it', async () => {
    const web = await startWeb();
    const browser = openBrowser(web);
    await browser.signIn('mia');
    const form = await browser.open('/cps/manage_add');
    const csrf = form.one('//form[contains(@action, "manage_add")]//input[@name="csrf"]/@value');
    web.time.now += 13 * 3_600_000;
    const expired = await browser.submit(form, { id: 'x', kind: 'folder' });
    expect((await browser.submit(expired, { name: 'paula', password: 'paula:secret' })).title).toBe('Add to cps');
    const stranger = openBrowser(web);
    await stranger.open('/sign-in');
    const forged = await stranger.post('/cps/manage_add', { csrf, id: 'x' }, { origin: 'https://elsewhere.example' });
    expect(forged.status).toBe(403);
    const secret = await stranger.post('/cps/manage_add', { csrf, id: 'x', password: 'not to be shown' });
    expect(secret.html).not.toContain('not to be shown');
    const long = await stranger.post('/cps/manage_add', { csrf, id: 'x'.repeat(3_000_000) });
    expect(long.status).toBe(401);
    expect(long.one('//*[@role="alert"]')).toContain('could not be kept');
    expect(await web.site.store.countChildren(topGid)).toBe(0);
  });
});

describe('a password that was made by somebody else', () => {
  it('must be changed before anything else, and ends all other sessions of the account', async () => {
    const web = await startWeb();
    await addAccount(web.site, manager, {
      name: 'new',
      roles: ['Member'],
      password: 'printed',
      mustChangePassword: true,
    });
    const [browser, other] = [openBrowser(web), openBrowser(web)];
    await other.signIn('new', { password: 'printed' });
    const forced = await browser.signIn('new', { password: 'printed' });
    expect(forced.title).toBe('Choose a password');
    expect((await browser.open('/cps/manage_contents')).title).toBe('Choose a password');
    const cookie = `concord-session=${browser.cookies.get('concord-session') ?? ''}`;
    expect((await fetch(`${web.address}/cps/api/v1/objects`, { headers: { cookie } })).status).toBe(403);
    const short = await browser.submit(forced, { password: 'short', again: 'other' });
    expect(short.status).toBe(422);
    expect(short.all('//*[@class="fault"]')).toEqual([
      'A password needs at least 8 characters.',
      'The two are not the same.',
    ]);
    const done = await browser.submit(short, { password: 'long enough', again: 'long enough' });
    expect(done.title).toBe('cps');
    expect((await other.open('/cps/manage_contents')).title).toMatch(/^Sign in/);
    expect((await openBrowser(web).signIn('new', { password: 'long enough' })).title).toBe('cps');
  });

  it('lets programs in all the same, which cannot change it', async () => {
    const web = await startWeb();
    await addAccount(web.site, manager, { name: 'new', roles: ['Member'], password: 'p', mustChangePassword: true });
    expect(await web.ask('/cps/api/v1/objects', { as: 'new', password: 'p' })).toMatchObject({ status: 200 });
  });
});

describe('a form', () => {
  it('is refused without its token, with that of another browser, account or origin', async () => {
    const web = await startWeb();
    const [mia, seb] = [openBrowser(web), openBrowser(web)];
    await mia.signIn('mia');
    await seb.signIn('seb');
    const token = (await mia.open('/-/password')).one(
      '//form[contains(@action, "password")]//input[@name="csrf"]/@value',
    );
    const fields = { password: 'a new one 1', again: 'a new one 1' };
    expect((await mia.post('/-/password', fields)).status).toBe(403);
    expect((await mia.post('/-/password', { ...fields, csrf: 'x' })).status).toBe(403);
    expect((await seb.post('/-/password', { ...fields, csrf: token })).status).toBe(403);
    const forged = await mia.post('/-/password', { ...fields, csrf: token }, { origin: 'https://elsewhere.example' });
    expect(forged.status).toBe(403);
    expect(forged.text).toContain('nothing was done');
    await setPassword(web.site, manager, { name: 'mia', password: 'mia:secret' });
    expect((await mia.signIn('mia')).title).toBe('cps');
  });

  it('that is too large is refused before it is read', async () => {
    const web = await startWeb({ settings: { maxBodyOctets: 1_000 } });
    const browser = openBrowser(web);
    const page = await browser.submit(await browser.open('/sign-in?to=/cps'), {
      name: 'x'.repeat(2_000),
      password: '',
    });
    expect(page.status).toBe(413);
    expect(page.title).toBe('Too large');
  });
});
