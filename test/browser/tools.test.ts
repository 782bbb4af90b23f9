import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWeb } from '../web/web-fixture.ts';
import { hasChromium, launch } from './chromium.ts';
import { openTool, settle, shots, tool } from './tool-site.ts';

const require = createRequire(import.meta.url);

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

describe.skipIf(!hasChromium)('the pages of the tools in Chromium', () => {
  let browser: Browser;
  beforeAll(async () => {
    mkdirSync(shots, { recursive: true });
    browser = await launch();
  });
  afterAll(async () => browser.close());

  it('look right at both widths, break no rule of accessibility, and run nothing of what is shown', async () => {
    const web = await startWeb();
    await settle(web);
    const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
    for (const [suffix, options] of [
      ['1280', { width: 1_280 }],
      ['390', { width: 390 }],
      ['dark', { width: 1_280, dark: true }],
    ] as const) {
      const page = await openTool(browser, web, options);
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
});
