import { describe, expect, it } from 'vitest';
import { TransportError } from '../../../src/errors/concord-error.ts';
import { readObject } from '../../../src/use-cases/objects/read-object.ts';
import type { WebFixture } from '../web-fixture.ts';
import { startWeb } from '../web-fixture.ts';
import type { Browser } from './browser.ts';
import { openBrowser } from './browser.ts';

async function asAdmin(replaced: Parameters<typeof startWeb>[0] = {}): Promise<{ web: WebFixture; browser: Browser }> {
  const web = await startWeb(replaced);
  const browser = openBrowser(web);
  await browser.submit(await browser.open('/sign-in'), { name: 'admin', password: 'admin:secret' });
  return { web, browser };
}

const csv = new File(['id,title,city\np1,Ann,Nordhaven\np2,"Bo ""B""",Altbrück\n'], 'people.csv');

describe('the guide', () => {
  it('makes a site, brings records in and publishes them', async () => {
    const { web, browser } = await asAdmin();
    const first = await browser.open('/-/guide');
    expect(first.one('//li[@aria-current="step"]')).toBe('A site');
    const wrong = await browser.submit(first, { id: 'a b', title: 'Kept', do: 'site' });
    expect(wrong.one('//*[@class="fault"]')).toContain('letters');
    expect(wrong.one('//input[@name="title"]/@value')).toBe('Kept');
    const choice = await browser.submit(wrong, { id: 'office', title: 'Office', do: 'site' });
    expect(choice.title).toBe('Where do the records come from?');
    const records = await browser.open(choice.one('//a[contains(., "files")]/@href'));
    const publishing = await browser.submit(records, { files: [csv], folder: '/people', key: 'id' });
    expect(publishing.one('//*[@role="status"]')).toContain('The records are here');
    expect(publishing.one('//input[@name="path"]/@value')).toBe('/people');
    const ready = await browser.submit(publishing, {
      path: '/people',
      id: 'people',
      account: 'field',
      password: 'office pass',
    });
    expect(ready.text).toContain('people is published');
    expect(ready.text).toContain(`${web.address.replace('localhost', new URL(web.address).hostname)}/office`);
    const office = await web.services.site('office');
    expect((await office.store.publication('people'))?.path).toBe('/people');
    expect(await office.accounts.account('field')).toMatchObject({ roles: ['Synchronizer'] });
    expect((await readObject(office, ['people', 'p2'])).document).toContain('Bo "B"');
  });

  it('offers the example only where its sites are not there yet', async () => {
    const { browser } = await asAdmin();
    const form = await browser.open('/-/guide');
    expect(form.all('//button[@value="example"]')).toEqual([]);
    expect((await browser.submit(form, { do: 'example' })).one('//*[@role="alert"]')).toContain('cps_client');
  });

  it('is for Managers of the installation', async () => {
    const web = await startWeb();
    for (const name of ['mia', 'seb']) {
      const browser = openBrowser(web);
      await browser.signIn(name);
      const page = await browser.open('/-/guide');
      const answer = page.status === 403 ? page : await browser.submit(page, { id: 'more', do: 'site' });
      expect(answer.status).toBe(403);
    }
    expect((await web.services.installation.sites()).length).toBe(2);
  });

  it('tells plainly whether the other site answers, before anything is made', async () => {
    const { web, browser } = await asAdmin();
    const form = await browser.open('/cps/-/guide/subscribe');
    const fields = {
      publicationUrl: 'http://localhost:1/x',
      publication: 'people',
      path: '/people',
      user: 'u',
      password: 'p',
    };
    const tested = await browser.submit(form, { ...fields, do: 'test' });
    expect(tested.one('//*[@role="status"]')).toMatch(/it offers 3 objects\. Changes made here stay here/);
    expect(tested.one('//input[@name="publicationUrl"]/@value')).toBe('http://localhost:1/x');
    expect(tested.html).not.toContain('value="p"');
    expect(await web.site.store.subscriptions()).toEqual([]);
    const done = await browser.submit(tested, { ...fields, do: 'subscribe' });
    expect(done.text).toContain('people is subscribed');
    expect((await web.site.store.subscription('people'))?.subscriptionUrl).toContain('/cps/people');
  });

  it('says beside the field what keeps the other site from answering', async () => {
    const { web, browser } = await asAdmin();
    web.services.guide.testConnection = () =>
      Promise.reject(new TransportError('CON-T001', 'localhost:1 cannot be reached', { retry: 'later' }));
    const fields = { publicationUrl: 'http://localhost:1/x', publication: 'people', path: '/people' };
    const page = await browser.submit(await browser.open('/cps/-/guide/subscribe'), { ...fields, do: 'subscribe' });
    expect(page.one('//*[@id="field-publicationUrl-fault"]')).toContain('cannot be reached');
    expect(page.one('//input[@name="publication"]/@value')).toBe('people');
    expect(await web.site.store.subscriptions()).toEqual([]);
  });
});

describe('bringing files in', () => {
  it('takes a whole folder with its folders, and says what was not taken', async () => {
    const { web, browser } = await asAdmin();
    const files = [
      new File(['<a>1</a>'], 'chosen/one.xml'),
      new File(['<a>'], 'chosen/sub/broken.xml'),
      new File(['{"title": "Two"}'], 'chosen/sub/two.json'),
      new File(['x'], 'chosen/notes.docx'),
    ];
    const page = await browser.submit(await browser.open('/cps/manage_import'), { files });
    expect(page.one('//*[@role="status"]')).toMatch(
      /3 made.*1 could not be brought in:.*sub\/broken\.xml.*1 file is neither.*notes\.docx/,
    );
    expect((await readObject(web.site, ['sub', 'two'])).document).toContain('Two');
  });

  it('says beside the field when nothing was chosen, or nothing of it can be read', async () => {
    const { browser } = await asAdmin();
    const form = await browser.open('/cps/manage_import');
    const none = await browser.submit(form, { key: 'kept' });
    expect(none.one('//*[@id="files-fault"]')).toContain('Choose at least one');
    expect(none.one('//input[@name="key"]/@value')).toBe('kept');
    const odd = await browser.submit(form, { files: [new File(['x'], 'a/x.bin'), new File(['x'], 'a/y.bin')] });
    expect(odd.one('//*[@id="files-fault"]')).toContain('None of the 2 files');
    const out = await browser.submit(form, { files: [new File(['<a/>'], '../x.xml')] });
    expect(out.status).toBe(400);
  });

  it('refuses what is too large before it is read', async () => {
    const { browser } = await asAdmin({ settings: { maxBodyOctets: 2_000 } });
    const files = [new File(['<a>' + 'x'.repeat(5_000) + '</a>'], 'a.xml')];
    const page = await browser.submit(await browser.open('/cps/manage_import'), { files });
    expect(page.status).toBe(413);
    expect(page.title).toBe('Too large');
  });
});
