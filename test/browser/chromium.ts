import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { chromium } from 'playwright-core';
import { compose } from '../../src/compose/compose.ts';
import { startClock, startWorker } from '../../src/compose/loops.ts';
import { firstPassword, startWeb } from '../../src/compose/web.ts';
import { readConfiguration } from '../../src/configuration/read-configuration.ts';
import { ownPair } from '../support/pair.ts';

const executablePath = '/usr/bin/chromium';

/** Whether Debian's Chromium is here; without it the suites are skipped by name. */
export const hasChromium = existsSync(executablePath);

const axe = hasChromium ? readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8') : '';
const screenshots = join(import.meta.dirname, '../../var/screenshots');

/** A whole server on loopback, on a data directory of its own, with its first password. */
export interface RunningConcord extends AsyncDisposable {
  readonly address: string;
  readonly password: string;
}

/** Starts one from nothing, with everything that `concord start` starts; within a test, on the servers that the run has for its sites. */
export async function startConcord(): Promise<RunningConcord> {
  const folder = mkdtempSync(join(tmpdir(), 'concord-browser-'));
  const pair = ownPair();
  const shared = pair === undefined ? {} : { CONCORD_STORE_URL: pair.storeUrl, CONCORD_QUEUE_URL: pair.queueUrl };
  const environment = { CONCORD_HOST: '127.0.0.1', CONCORD_PORT: '0', ...shared };
  const composition = await compose(readConfiguration(environment, { data: folder }));
  const reportFault = (): void => undefined;
  let password = '';
  const web = await startWeb(composition, {
    reportFault,
    whenListening: async () => {
      password = (await firstPassword(composition)) ?? '';
    },
  });
  const running = [startClock(composition, reportFault), startWorker(composition, reportFault), web, composition];
  return {
    address: web.address,
    password,
    [Symbol.asyncDispose]: async () => {
      for (const each of running) await each[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Chromium without a window. */
export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath, args: ['--no-sandbox'] });
}

/** A visitor of a server. What its pages complain about is collected: a broken policy, a script that fails. */
export interface Visit {
  readonly context: BrowserContext;
  readonly page: Page;
  readonly complaints: readonly string[];
}

/** A new visitor, who has not signed in. Nothing moves on the pages, so that no colour is caught on its way to another. */
export async function visit(browser: Browser, address: string, options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await browser.newContext({
    baseURL: address,
    locale: 'en-GB',
    viewport: desktop,
    reducedMotion: 'reduce',
    ...options,
  });
  const page = await context.newPage();
  // Long before the test itself ends, so that it says which step hangs.
  page.setDefaultTimeout(30_000);
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('console', (message) => {
    // An answer of 4xx is said here too, and is what some tests ask for.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      complaints.push(message.text());
  });
  return { context, page, complaints };
}

/** What a laptop shows, and what a phone does. */
const desktop = { width: 1_280, height: 800 };
export const phone = { width: 390, height: 844 };

/** Signs in; with the printed password, chooses another one too. */
export async function signIn(page: Page, password: string, chosen?: string): Promise<void> {
  await page.goto('/sign-in');
  await page.getByLabel('User name').fill('admin');
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  if (chosen === undefined) return;
  await page.getByLabel('New password').fill(chosen);
  await page.getByLabel('The same once more').fill(chosen);
  await page.getByRole('button', { name: 'Change password' }).click();
}

/** What axe finds wrong on the page as it is, one line each; nothing of what WCAG 2.2 AA asks for may be. */
export async function faultsOfPage(page: Page): Promise<readonly string[]> {
  // The policy of the page lets no inline script in; what the browser itself is told to run is none.
  const found =
    await page.evaluate(`${axe}; axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
    .then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html, failureSummary }) => html + ' ' + failureSummary).join(' | ')))`);
  return found as readonly string[]; // Holds: the script above gives back texts.
}

/** How far the page is wider than the window, in pixels; 0 when one need not scroll sideways. */
export async function overflowOf(page: Page): Promise<number> {
  // As text: the types of what runs in a page are not those of a test.
  return page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
}

/** Pictures of the page at both widths, in `var/screenshots`, to be looked at. Ends at the width of a laptop. */
export async function takePictures(page: Page, name: string): Promise<void> {
  mkdirSync(screenshots, { recursive: true });
  for (const size of [phone, desktop]) {
    await page.setViewportSize(size);
    await page.screenshot({ path: join(screenshots, `${name}-${size.width}.png`), fullPage: true });
  }
}
