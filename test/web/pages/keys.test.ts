import { describe, expect, it } from 'vitest';
import { startWeb } from '../web-fixture.ts';
import { openBrowser } from './browser.ts';

const keys = '/cps/portal_synchronizations/keys';

async function desk(name = 'seb') {
  const web = await startWeb();
  const browser = openBrowser(web);
  await browser.signIn(name, { site: 'cps' });
  return { web, browser };
}

async function publicKeyOfPeer(web: Awaited<ReturnType<typeof startWeb>>): Promise<string> {
  await web.ask('/cps_client/api/v1/keys', { as: 'seb', method: 'POST', json: { name: 'field' } });
  return String((await web.ask('/cps_client/api/v1/keys/field', { as: 'seb' })).json['publicKey']);
}

describe('the page of keys', () => {
  it('makes, rotates and revokes a key of the site, and gives out its public part only', async () => {
    const { web, browser } = await desk();
    let page = await browser.submit(await browser.open(keys), { name: 'office', days: '30' }, `${keys}/make`);
    expect(page.text).toContain('The key is made');
    const file = await web.ask(page.all('//a[contains(@href, "/keys/public/")]/@href')[0] ?? '', { as: 'seb' });
    expect(file.text).toMatch(/^-----BEGIN PGP PUBLIC KEY BLOCK-----/);
    page = await browser.submit(page, { rotate: 'office' }, keys);
    const [old = ''] = page.all('//button[@name="revoke"]/@value');
    expect(page.all('//button[@name="revoke"]')).toHaveLength(2);
    const csrf = page.all('//input[@name="csrf"]/@value')[0] ?? '';
    page = await browser.post(keys, { csrf, revoke: old });
    expect(page.all('//button[@name="revoke"]')).toHaveLength(1);
    expect(page.text).toContain('Revoked');
  });

  it('takes in the key of a peer, and trusts it for whom one says', async () => {
    const { web, browser } = await desk();
    const text = await publicKeyOfPeer(web);
    let page = await browser.submit(await browser.open(keys), { text }, `${keys}/import`);
    expect(page.text).toContain('Not trusted yet');
    page = await browser.submit(
      page,
      { key: page.one('//select[@name="key"]/option/@value'), owner: 'account:sync' },
      `${keys}/trust`,
    );
    expect(page.text).toContain('the account sync');
    const { json } = await web.ask('/cps/api/v1/keys', { as: 'seb' });
    expect(json).toMatchObject({ keys: [{ owners: ['account:sync'], isOwn: false }] });
  });

  it('says beside the field what is wrong, and never sends a passphrase back', async () => {
    const { browser } = await desk();
    const page = await browser.submit(
      await browser.open(keys),
      { text: 'no key', passphrase: 'very-secret' },
      `${keys}/import`,
    );
    expect(page.status).toBe(400);
    expect(page.one('//*[@id="field-text-fault"]')).toContain('OpenPGP key');
    expect(page.html).not.toContain('very-secret');
  });

  it('is for Managers, and refuses what was not sent from it', async () => {
    const { browser } = await desk('paula');
    expect((await browser.open(keys)).status).toBe(403);
    const { browser: other, web } = await desk();
    expect((await other.post(`${keys}/make`, { name: 'office' })).status).toBe(403);
    expect((await web.ask('/cps/api/v1/keys', { as: 'paula' })).status).toBe(403);
  });
});

describe('keys in the API', () => {
  it('are made, trusted, rotated and revoked, and show no private part', async () => {
    const { web } = await desk();
    const at = '/cps/api/v1/keys';
    const as = 'seb';
    const text = await publicKeyOfPeer(web);
    expect((await web.ask(at, { as, method: 'POST', json: { name: 'office' } })).status).toBe(201);
    expect((await web.ask(at, { as, method: 'POST', json: { name: 'office' } })).status).toBe(409);
    const taken = await web.ask(`${at}/import`, { as, method: 'POST', json: { text } });
    const fingerprint = String(taken.json['fingerprint']);
    const trusted = await web.ask(`${at}/${fingerprint}/owner`, { as, method: 'PUT', json: { account: 'sync' } });
    expect(trusted.json).toMatchObject({ owners: ['account:sync'] });
    expect((await web.ask(`${at}/office/rotation`, { as, method: 'POST', json: {} })).status).toBe(201);
    const gone = await web.ask(`${at}/${fingerprint}`, { as, method: 'DELETE' });
    expect(gone.json).toMatchObject({ key: { revokedAt: web.time.now } });
    expect((await web.ask(at, { as })).text).not.toContain('PRIVATE');
  });
});
