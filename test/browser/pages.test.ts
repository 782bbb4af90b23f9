import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningConcord, Visit } from './chromium.ts';
import {
  faultsOfPage,
  hasChromium,
  launch,
  overflowOf,
  phone,
  signIn,
  startConcord,
  takePictures,
  visit,
} from './chromium.ts';

const chosen = 'three quiet boats';

/** Every page of the example, by the name of its picture. */
const pages: Readonly<Record<string, string>> = {
  home: '/',
  'guide-site': '/-/guide',
  'guide-choice': '/cps/-/guide',
  'guide-records': '/cps/-/guide/records',
  'guide-publish': '/cps/-/guide/publish?path=/portal_repository',
  'guide-subscribe': '/cps/-/guide/subscribe',
  'guide-done': '/cps/-/guide/done?publication=Repository',
  'contents-site': '/cps/manage_contents',
  contents: '/cps/portal_repository/people/manage_contents',
  search: '/cps/manage_contents?search=north',
  'search-nothing': '/cps/manage_contents?search=zzzz',
  view: '/cps/portal_repository/depots/north/manage_view',
  edit: '/cps/portal_repository/depots/north/manage_edit',
  'edit-xml': '/cps/portal_repository/depots/north/manage_edit?as=xml',
  history: '/cps/portal_repository/depots/north/manage_history',
  'synchronize-folder': '/cps_client/portal_repository/manage_synchronize',
  deleted: '/cps/portal_repository/people/manage_deleted',
  synchronize: '/cps/portal_repository/depots/north/manage_synchronize',
  add: '/cps/portal_repository/people/manage_add',
  import: '/cps/portal_repository/people/manage_import',
  rename: '/cps/portal_repository/depots/north/manage_rename',
  delete: '/cps/portal_repository/depots/manage_delete',
  password: '/-/password',
  vanished: '/cps/portal_repository/nothing/manage_view',
};

describe.skipIf(!hasChromium)('the pages in Chromium', () => {
  let concord: RunningConcord;
  let browser: Browser;
  let visitor: Visit;

  beforeAll(async () => {
    [concord, browser] = await Promise.all([startConcord(), launch()]);
    visitor = await visit(browser, concord.address);
    await signIn(visitor.page, concord.password, chosen);
    await takePictures(visitor.page, 'guide-first');
    await visitor.page.getByRole('button', { name: 'Set up the example' }).click();
    await change(visitor.page);
  });

  afterAll(async () => {
    await browser.close();
    await concord[Symbol.asyncDispose]();
  });

  /** So that the history, and what was deleted, have something to show. */
  async function change(page: Page): Promise<void> {
    await page.goto('/cps/portal_repository/depots/north/manage_edit');
    await page.getByRole('textbox', { name: /^city/ }).fill('Nordhaven-by-the-Sea');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.goto('/cps/portal_repository/people/p-006/manage_delete');
    await page.getByRole('button', { name: 'Delete' }).click();
  }

  it.each(Object.entries(pages))(
    'show %s well: nothing for axe, light or dark, laptop or phone',
    async (name, path) => {
      const { page, complaints } = visitor;
      expect((await page.goto(path))?.status()).toBe(name === 'vanished' ? 404 : 200);
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        expect(await faultsOfPage(page), colorScheme).toEqual([]);
      }
      await page.emulateMedia({ colorScheme: 'light' });
      await takePictures(page, name);
      for (const width of [360, phone.width, 800, 1_600]) {
        await page.setViewportSize({ width, height: 800 });
        expect(await overflowOf(page), `${width}`).toBe(0);
      }
      await page.setViewportSize(phone);
      expect(await faultsOfPage(page)).toEqual([]);
      await page.setViewportSize({ width: 1_280, height: 800 });
      expect(complaints).toEqual([]);
    },
  );

  it('have room for names and values of any length', async () => {
    const { page } = visitor;
    const id = 'n'.repeat(250);
    await page.goto('/cps/manage_add');
    await page.getByLabel('Name').fill(id);
    await page.getByLabel('Title').fill('T'.repeat(500));
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.setViewportSize({ width: 360, height: 740 });
    for (const tab of [
      'manage_view',
      'manage_edit',
      'manage_contents',
      'manage_history',
      'manage_add',
      'manage_rename',
      'manage_delete',
    ]) {
      await page.goto(`/cps/${id}/${tab}`);
      expect(await overflowOf(page), tab).toBe(0);
    }
    for (const path of ['/cps/manage_contents', '/cps/manage_contents?search=nnn']) {
      await page.goto(path);
      expect(await overflowOf(page), path).toBe(0);
    }
    await page.setViewportSize({ width: 1_280, height: 800 });
  });

  it('have room for German on a phone', async () => {
    const { page, context } = await visit(browser, concord.address, {
      locale: 'de-DE',
      viewport: { width: 360, height: 740 },
    });
    await page.goto('/sign-in');
    await page.getByLabel('Benutzername').fill('admin');
    await page.getByLabel('Passwort').fill(chosen);
    await page.getByRole('button', { name: 'Anmelden' }).click();
    for (const [name, path] of Object.entries(pages)) {
      await page.goto(path);
      expect(await page.locator('html').getAttribute('lang')).toBe('de');
      expect(await overflowOf(page), name).toBe(0);
    }
    await context.close();
  });

  it('show the page to sign in well', async () => {
    const { page, context } = await visit(browser, concord.address);
    await page.goto('/sign-in');
    expect(await faultsOfPage(page)).toEqual([]);
    await page.getByLabel('User name').fill('admin');
    await page.getByLabel('Password').fill('wrong');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').waitFor();
    expect(await faultsOfPage(page)).toEqual([]);
    await takePictures(page, 'sign-in');
    await context.close();
  });

  it('show mistakes, what somebody else did meanwhile, and a sign-in that has ended well', async () => {
    const { page, context } = await visit(browser, concord.address);
    await signIn(page, chosen);
    const check = async (name: string): Promise<void> => {
      expect(await faultsOfPage(page), name).toEqual([]);
      await takePictures(page, name);
    };
    await page.goto('/cps/manage_add');
    await page.getByLabel('Title').fill('Kept');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByText('Please fill this in').waitFor();
    await check('add-faulty');
    const other = await context.newPage();
    for (const tab of [page, other]) await tab.goto('/cps/portal_repository/people/p-004/manage_edit');
    for (const [tab, job] of [
      [other, 'Driver'],
      [page, 'Teacher'],
    ] as const) {
      await tab.getByRole('textbox', { name: 'job' }).fill(job);
      await tab.getByRole('button', { name: 'Save' }).click();
    }
    await page.getByText('has changed this object while you were editing').waitFor();
    expect(await page.getByRole('textbox', { name: 'job' }).inputValue()).toBe('Teacher');
    await check('edit-meanwhile');
    await context.clearCookies({ name: 'concord-session' });
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Nothing that you typed is lost').waitFor();
    await check('sign-in-again');
    await page.getByLabel('User name').fill('admin');
    await page.getByLabel('Password').fill(chosen);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('You are signed in again').waitFor();
    await check('send-again');
    await page.getByRole('button', { name: 'Send it now' }).click();
    expect(await page.locator('dl').getByText('Teacher').count()).toBe(1);
    await context.close();
  });

  it('can be used with the keyboard alone', async () => {
    const { page, context } = await visit(browser, concord.address);
    const keys = async (...pressed: readonly string[]): Promise<void> => {
      for (const key of pressed) await page.keyboard.press(key);
    };
    await page.goto('/sign-in?to=/cps/portal_repository/people/p-002/manage_view');
    // The first field gets the focus by itself, when the page is drawn: that may be after it is loaded.
    await page.locator('input[name="name"]:focus').waitFor();
    await page.keyboard.type('admin');
    await keys('Tab');
    await page.keyboard.type(chosen);
    await keys('Enter');
    await page.waitForURL(({ pathname }) => pathname.endsWith('/p-002/manage_view'));
    await keys('Tab');
    expect(await focused(page)).toBe('Skip to the content');
    await keys('Enter', 'Tab');
    while ((await focused(page)) !== 'Edit') await keys('Tab');
    await keys('Enter');
    await page.waitForURL('**/manage_edit');
    await page.getByRole('textbox', { name: 'job' }).focus();
    await keys('Control+a');
    await page.keyboard.type('Pilot');
    await keys('Enter');
    await page.waitForURL('**/manage_view*');
    expect(await page.locator('dl').getByText('Pilot').count()).toBe(1);
    // A menu opens and closes without a mouse, and gives the focus back.
    await page.locator('details.account > summary').focus();
    await keys('Enter', 'Tab');
    expect(await focused(page)).toBe('All sites');
    await keys('Escape');
    expect(await page.locator('details.account').getAttribute('open')).toBeNull();
    expect(await focused(page)).toContain('admin');
    await context.close();
  });

  it('do all of it without scripts', async () => {
    const { page, context } = await visit(browser, concord.address, { javaScriptEnabled: false, viewport: phone });
    await signIn(page, chosen);
    await page.goto('/cps');
    await page.getByRole('link', { name: 'portal_repository' }).click();
    await page.getByRole('link', { name: 'people' }).click();
    await page.getByRole('link', { name: 'p-003' }).click();
    await page.getByRole('link', { name: 'Edit' }).first().click();
    await page.getByRole('textbox', { name: 'telephone' }).fill('+00 555 0303');
    await page.getByRole('button', { name: 'Save' }).click();
    expect(await page.getByRole('status').textContent()).toContain('Saved');
    expect(await page.locator('dl').getByText('+00 555 0303').count()).toBe(1);
    await page.locator('details.account > summary').click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Sign in');
    await context.close();
  });

  it('run no script that stands in an object, wherever it is shown', async () => {
    const { page, complaints } = visitor;
    const script = '<script>alert(1)</script><img src="x" onerror="alert(2)"/>';
    const text = script.replaceAll('<', '&lt;').replaceAll('"', '&quot;');
    const xml =
      `<html xmlns="http://www.w3.org/1999/xhtml" title="${text}"><head><title>${text}</title></head>` +
      `<body onload="alert(3)">${script}<a href="javascript:alert(4)">x</a><p>${text}</p></body></html>`;
    await page.goto('/cps/manage_add');
    await page.getByLabel('Name').fill('evil" onmouseover="alert(5)');
    await page.getByLabel('Any XML document').check();
    await page.getByLabel('Document', { exact: true }).fill(xml);
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    const { pathname } = new URL(page.url());
    const base = pathname.slice(0, pathname.lastIndexOf('/'));
    for (const tab of [
      'manage_view',
      'manage_edit',
      'manage_edit?as=xml',
      'manage_history',
      'manage_delete',
      'manage_rename',
      'asXML',
    ])
      await page.goto(`${base}/${tab}`);
    await page.goto('/cps/portal_repository/people/p-001/asXML');
    await takePictures(page, 'as-xml');
    await page.goto('/cps/manage_contents');
    await page.goto(`/cps/manage_contents?search=${encodeURIComponent('<script>')}`);
    expect(complaints.filter((complaint) => complaint.startsWith('dialog'))).toEqual([]);
  });

  it('keep a page of another site from sending a form with the visitor’s session', async () => {
    const { context } = visitor;
    const page = await context.newPage();
    await page.route('http://elsewhere.example/**', (route) =>
      route.fulfill({
        contentType: 'text/html',
        body: `<form method="post" action="${concord.address}/cps/portal_repository/manage_delete"><input name="recursive" value="yes"><button>Win</button></form>`,
      }),
    );
    await page.goto('http://elsewhere.example/');
    await page.getByRole('button', { name: 'Win' }).click();
    await page.waitForLoadState();
    expect((await page.goto(`${concord.address}/cps/portal_repository/manage_contents`))?.status()).toBe(200);
    await page.close();
  });
});

async function focused(page: Page): Promise<string> {
  return page.evaluate("document.activeElement?.textContent.trim() ?? ''");
}
