import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWeb } from '../web/web-fixture.ts';
import { hasChromium, launch } from './chromium.ts';
import { openTool, settle, shots, tool } from './tool-site.ts';

describe.skipIf(!hasChromium)('the tools in Chromium', () => {
  let browser: Browser;
  beforeAll(async () => {
    mkdirSync(shots, { recursive: true });
    browser = await launch();
  });
  afterAll(async () => browser.close());

  it('show a sync live, to a second viewer and after a reload too', async () => {
    const web = await startWeb();
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
    const viewers = [await openTool(browser, web), await openTool(browser, web, { width: 390 })];
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
  });

  it('let a conflict be settled and taken back by keyboard alone, and without scripts', async () => {
    const web = await startWeb();
    await settle(web);
    const page = await openTool(browser, web);
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
    const plain = await openTool(browser, web, { scripts: false });
    await plain.goto(`${web.address}${tool}/conflicts`);
    await plain.click('#c-c1 button[data-key=s]').catch(() => undefined);
    await plain.goto(`${web.address}${tool}/conflicts`);
    await plain.click('#c-c0 button[data-key=p]');
    expect(await web.site.store.countConflicts({ state: 'open' })).toBe(3);
    await plain.context().close();
  });

  it('let activities that failed be run again, and others be run at once or cancelled', async () => {
    const web = await startWeb();
    await settle(web);
    const { queue } = web.site;
    const page = await openTool(browser, web);
    await page.goto(`${web.address}/cps/portal_activities?state=failed`);
    expect(await page.getByText('the name of the host is not known').count()).toBe(1);
    await page.getByRole('button', { name: 'Restart the failed one' }).click();
    await page.waitForSelector('.notice-done');
    expect(await queue.count()).toMatchObject({ failed: 0 });

    await page.goto(`${web.address}/cps/portal_activities?state=waiting`);
    const boxes = page.locator('tbody input[name=ids]');
    const waiting = await boxes.count();
    await boxes.first().check();
    await page.getByRole('button', { name: 'Run now' }).click();
    await page.getByText('It has run.').waitFor();
    expect(await boxes.count()).toBe(waiting - 1);
    await page.check('#all');
    await page.getByRole('button', { name: 'Cancel', exact: true }).click();
    await page.getByText('Nothing is here to be done').waitFor();
    expect(await queue.list({ state: 'waiting' })).toEqual([]);
    await page.context().close();
  });
});
