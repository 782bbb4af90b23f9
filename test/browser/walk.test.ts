import { describe, expect, it } from 'vitest';
import { faultsOfPage, hasChromium, launch, signIn, startConcord, takePictures, visit } from './chromium.ts';

const chosen = 'three quiet boats';
const csv = 'id,title,telephone\np-001,Mirela Tannenfels,+00 555 0101\np-002,Joren Aldewyk,+00 555 0102\n';

describe.skipIf(!hasChromium)('somebody with nothing', () => {
  it('comes by the mouse to an object that is on two sites', async () => {
    await using concord = await startConcord();
    const browser = await launch();
    const { page, complaints } = await visit(browser, concord.address);
    await signIn(page, concord.password, chosen);
    const click = (name: string): Promise<void> => page.getByRole('button', { name, exact: true }).click();
    await page.getByLabel('Short name').fill('office');
    await click('Make the site');
    await page.getByRole('link', { name: /From files that I have/ }).click();
    await page
      .getByLabel('Files')
      .setInputFiles({ name: 'people.csv', mimeType: 'text/csv', buffer: Buffer.from(csv) });
    await page.getByLabel('Folder', { exact: true }).fill('/people');
    await page.getByLabel('Field that names the objects').fill('id');
    await click('Bring in');
    await page.getByLabel('User name for the other site').fill('field');
    await page.getByLabel('Its password').fill('field password');
    await click('Publish');
    await page.getByText('people is published').waitFor();

    await page.goto('/-/guide');
    await page.getByLabel('Short name').fill('field');
    await click('Make the site');
    await page.getByRole('link', { name: /From another site/ }).click();
    const fill = async (password: string): Promise<void> => {
      await page.getByLabel('Publication Url').fill(`${concord.address}/office`);
      await page.getByLabel('Name of the publication').fill('people');
      await page.getByLabel('User name at the other site').fill('field');
      await page.getByLabel('Password there').fill(password);
      await page.getByLabel('Folder here').fill('/people');
    };
    await fill('wrong password');
    await click('Test the connection');
    expect(await page.locator('#field-password-fault').textContent()).toContain('refused');
    await fill('field password');
    await click('Test the connection');
    expect(await page.getByRole('status').textContent()).toContain('it offers 2 objects');
    await fill('field password');
    await click('Subscribe');
    await page.getByText('people is subscribed').waitFor();
    await takePictures(page, 'guide-ready');
    await click('Sync now');
    await expect.poll(async () => (await page.goto('/field/people/p-001/manage_view'))?.status()).toBe(200);
    expect(await page.locator('dl').getByText('+00 555 0101').count()).toBe(1);
    // The objects come before the sync has ended, and only then do both sides agree on them.
    const agreed = async (): Promise<number> => {
      await page.goto('/field/people/manage_contents');
      return page.getByText('Agreed').count();
    };
    await expect.poll(agreed).toBe(2);
    await takePictures(page, 'contents-agreed');

    // Both change the same field: the publisher's value stands, and the other is one click away beside it, on both sides.
    for (const [site, telephone] of [
      ['office', '+00 555 0001'],
      ['field', '+00 555 0002'],
    ] as const) {
      await page.goto(`/${site}/people/p-001/manage_edit`);
      await page.getByRole('textbox', { name: 'telephone' }).fill(telephone);
      await click('Save');
    }
    expect(await page.getByRole('link', { name: /Synchronize/ }).count()).toBe(1);
    // The last one edited is at the subscriber, where a sync can be asked for from the object itself.
    await page.getByRole('link', { name: 'Synchronize' }).click();
    await click('Sync');
    // The page that follows the sync tells of it above, too.
    await page.getByRole('link', { name: 'Conflicts 1' }).waitFor();
    for (const site of ['office', 'field']) {
      const badge = page.getByText('The other side has another value');
      await expect.poll(async () => page.goto(`/${site}/people/p-001/manage_view`).then(() => badge.count())).toBe(1);
      await badge.click();
      for (const telephone of ['+00 555 0101', '+00 555 0001', '+00 555 0002'])
        expect(await page.locator('details.conflict').getByText(telephone).count(), telephone).toBe(1);
      expect(await faultsOfPage(page)).toEqual([]);
      await takePictures(page, `view-conflict-${site}`);
      await page.getByRole('link', { name: 'Synchronize' }).click();
      expect(await page.locator('.state-warn').first().textContent()).toBe('1 conflict');
      expect(await faultsOfPage(page)).toEqual([]);
      await takePictures(page, `synchronize-conflict-${site}`);
    }
    await page.goto('/field/people/manage_contents');
    expect(await page.getByText('1 conflict').count()).toBe(1);

    // Settled at the desk, taken back, settled again; the next sync tells the publisher.
    await page.getByRole('link', { name: 'Conflicts 1' }).click();
    const keepTheirs = page.locator('.conflict').getByRole('button', { name: 'Keep the subscriber’s' });
    await keepTheirs.click();
    await takePictures(page, 'desk-settled');
    await click('Undo');
    await page.getByText('Open again').waitFor();
    await keepTheirs.click();
    await page.getByText('You have settled 1 conflict').waitFor();
    await page.goto('/field/portal_synchronizations/subscriptions/people');
    await click('Sync');
    await page.getByText('Done').waitFor();
    await takePictures(page, 'sync-settled');
    for (const site of ['office', 'field']) {
      await page.goto(`/${site}/people/p-001/manage_view`);
      expect(await page.locator('dl').getByText('+00 555 0002').count()).toBe(1);
      expect(await page.getByText('The other side has another value').count()).toBe(0);
    }
    expect(complaints).toEqual([]);
    await browser.close();
  });
});
