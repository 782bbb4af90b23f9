import { describe, expect, it } from 'vitest';
import { publish } from '../../../src/use-cases/administration/publish.ts';
import { XmldomXPathEvaluator } from '../../../src/adapters/xpath/xmldom-xpath-evaluator.ts';
import { readObject } from '../../../src/use-cases/objects/read-object.ts';
import { deleteObject, putObject } from '../../../src/use-cases/objects/write-object.ts';
import type { WebFixture } from '../web-fixture.ts';
import { crowd } from '../../support/pair.ts';
import { manager, startWeb } from '../web-fixture.ts';
import type { Browser } from './browser.ts';
import { openBrowser } from './browser.ts';

const person =
  '<object portal_type="Person"><title type="string">Mirela</title><age type="int">41</age><is_here type="boolean">true</is_here>' +
  '<goods type="lines"><item>tents</item></goods><note type="text">a\nb</note></object>';

async function put(web: WebFixture, place: string, document = person): Promise<void> {
  const path = place.split('/');
  await putObject(web.site, manager, { path, document, createParents: true });
}

async function documentAt(web: WebFixture, place: string): Promise<string> {
  return (await readObject(web.site, place.split('/'))).document;
}

async function signedIn(name = 'mia'): Promise<{ readonly web: WebFixture; readonly browser: Browser }> {
  const web = await startWeb();
  const browser = openBrowser(web);
  await browser.signIn(name);
  return { web, browser };
}

describe('the address of an object in a browser', () => {
  it('leads to its contents where something is below, else to the object', async () => {
    const { web, browser } = await signedIn();
    await put(web, 'people/p1');
    expect(new URL((await browser.open('/cps/people')).url).pathname).toBe('/cps/people/manage_contents');
    expect(new URL((await browser.open('/cps/people/p1')).url).pathname).toBe('/cps/people/p1/manage_view');
    expect(new URL((await browser.open('/cps')).url).pathname).toBe('/cps/manage_contents');
  });

  it('goes on answering programs as before', async () => {
    const { web } = await signedIn();
    expect(await web.ask('/cps')).toMatchObject({ status: 405 });
    expect((await web.ask('/cps/portal_synchronizations')).text).toContain('site cps');
    expect((await web.ask('/cps/asXML', { headers: { accept: 'text/html' } })).headers.get('content-type')).toContain(
      'xml',
    );
  });

  it.each(['api', 'portal_activities', '-', 'sync', 'manage_view', 'a/b', 'ä & <b>', '%41', "o'neil", '..a'])(
    'is one of its own, whatever the object is called: %s',
    async (id) => {
      const { web, browser } = await signedIn();
      const path = id === 'a/b' ? ['a/b'] : [id];
      await putObject(web.site, manager, { path, document: person });
      await putObject(web.site, manager, { path: [...path, 'below'], document: person });
      const list = await browser.open('/cps/manage_contents');
      const folder = await browser.open(list.one('//tbody//a/@href'));
      expect(folder.status).toBe(200);
      expect(folder.title).toBe(id);
      const object = await browser.open(folder.one('//tbody//a/@href'));
      expect(object.title).toBe('Mirela');
      expect((await browser.open(object.link('asXML'))).html).toContain('Mirela');
    },
  );
});

describe('the contents of a folder', () => {
  it('come page by page, each with the title, the type, who changed it and when', async () => {
    const { web, browser } = await signedIn();
    for (let at = 0; at < 75; at++) await put(web, `folder/o-${String(at).padStart(3, '0')}`);
    const first = await browser.open('/cps/folder/manage_contents');
    expect(first.all('//tbody/tr').length).toBe(30);
    expect(first.one('//tbody/tr[1]')).toMatch(/^o-000 Mirela Person .*, the test$/);
    const second = await browser.open(first.link('Next page'));
    expect(second.one('//tbody/tr[1]//a')).toBe('o-030');
    const third = await browser.open(second.link('Next page'));
    expect(third.all('//tbody/tr').length).toBe(15);
    expect(third.all('//a[.="Next page"]')).toEqual([]);
    expect((await browser.open(third.link('First page'))).one('//tbody/tr[1]//a')).toBe('o-000');
  });

  it('read one page of rows, however large the folder', async () => {
    const { web, browser } = await signedIn();
    const rowsOf = async (): Promise<number> => {
      const before = web.site.store.statistics.rowsRead;
      expect((await browser.open('/cps/folder/manage_contents')).status).toBe(200);
      return web.site.store.statistics.rowsRead - before;
    };
    for (let at = 0; at < 60; at++) await put(web, `folder/o-${String(at).padStart(4, '0')}`);
    const few = await rowsOf();
    for (let at = 60; at < crowd(600, 100); at++) await put(web, `folder/o-${String(at).padStart(4, '0')}`);
    expect(await rowsOf()).toBe(few);
  });

  it('say what to do when there are none', async () => {
    const { browser } = await signedIn();
    const page = await browser.open('/cps/manage_contents');
    expect(page.one('//*[@class="empty"]')).toContain('Nothing is in here yet');
    expect(page.all('//*[@class="empty"]//a')).toEqual(['Bring in files', 'Add']);
  });

  it('show how each object stands where a publication covers it', async () => {
    const { web, browser } = await signedIn();
    await put(web, 'people/p1');
    const publication = { id: 'people', actor: manager, path: '/people' };
    await publish(web.site, publication, new XmldomXPathEvaluator());
    expect((await browser.open('/cps/people/manage_contents')).all('//thead//th')).not.toContain('Synchronization');
    const tab = await browser.open('/cps/people/p1/manage_synchronize');
    expect(tab.text).toContain('No subscriber yet');
    const folder = await browser.open((await browser.open('/cps/people/manage_view')).link('Synchronize'));
    expect(folder.text).toContain('offered to other sites');
    await put(web, 'other/p2');
    expect((await browser.open('/cps/other/p2/manage_view')).all('//nav[@class="tabs"]//a')).not.toContain(
      'Synchronize',
    );
    expect((await browser.open('/cps/other/p2/manage_synchronize')).status).toBe(404);
  });
});

describe('the search', () => {
  it('finds names and values below a folder, not the names of fields, and can be gone on with', async () => {
    const { web, browser } = await signedIn();
    for (let at = 0; at < 60; at++) await put(web, `a/b${at % 3}/o-${at}`);
    await put(web, 'a/b0/Special<>', '<x><deep>über ALLES</deep></x>');
    const found = await browser.open(`/cps/manage_contents?search=${encodeURIComponent('ÜBER')}`);
    expect(found.all('//tbody//th//a')).toEqual(['Special<>']);
    expect(found.one('//tbody//th')).toContain('in /a/b0');
    expect((await browser.open('/cps/manage_contents?search=portal_type')).all('//tbody//th')).toEqual([]);
    const many = await browser.open('/cps/a/manage_contents?search=mirela');
    expect(many.all('//tbody//th').length).toBe(30);
    expect((await browser.open(many.link('Next page'))).all('//tbody//th').length).toBe(30);
    expect((await browser.open('/cps/manage_contents?search=zzz')).text).toContain('Nothing was found');
  });
});

describe('a hostile document', () => {
  it('is shown as text in every field, list and history', async () => {
    const { web, browser } = await signedIn();
    const script = '&lt;script&gt;alert(1)&lt;/script&gt;" onmouseover="x';
    const attribute = script.replaceAll('"', '&quot;');
    await put(
      web,
      'x/o"><script>',
      `<object portal_type="${attribute}"><title type="${attribute}">${script}</title><property name="${attribute}" type="string">${script}</property>` +
        `<a k="${attribute}"><b>${script}</b></a><mixed>t<i>${script}</i></mixed><goods type="lines"><item>${script}</item></goods></object>`,
    );
    const list = await browser.open('/cps/x/manage_contents');
    const view = await browser.open(list.one('//tbody//a/@href'));
    for (const page of [
      list,
      view,
      await browser.open(view.link('History')),
      await browser.open(`/cps/manage_contents?search=${encodeURIComponent('<script>')}`),
    ]) {
      expect(page.status).toBe(200);
      expect(page.all('//script[not(@src)] | //@onmouseover')).toEqual([]);
      expect(page.html).toContain('&lt;script');
    }
    for (const name of ['Edit', 'Rename or move', 'Delete', 'Synchronize'])
      if (view.all(`//a[normalize-space(.)="${name}"]`).length > 0)
        expect((await browser.open(view.link(name))).all('//script[not(@src)] | //@onmouseover')).toEqual([]);
    const csp = view.headers.get('content-security-policy') ?? '';
    expect(csp).toContain("script-src 'self'");
    expect(csp).not.toContain('unsafe');
  });
});

describe('the form to edit an object', () => {
  it('changes only what was typed', async () => {
    const { web, browser } = await signedIn();
    await put(web, 'p1');
    const form = await browser.open('/cps/p1/manage_edit');
    const done = await browser.submit(form, { 'f:0': 'Mirela T.', 'f:1': '42', 'f:2': 'false', 'f:3': 'tents\nboats' });
    expect(done.one('//*[@role="status"]')).toBe('Saved.');
    expect(await documentAt(web, 'p1')).toBe(
      person
        .replace('Mirela', 'Mirela T.')
        .replace('>41<', '>42<')
        .replace('>true<', '>false<')
        .replace('<item>tents</item>', '<item>tents</item><item>boats</item>'),
    );
  });

  it('keeps what was typed and says what is wrong beside the field', async () => {
    const { web, browser } = await signedIn();
    await put(web, 'p1');
    const page = await browser.submit(await browser.open('/cps/p1/manage_edit'), {
      'f:0': 'New "title" <b>',
      'f:1': 'many',
    });
    expect(page.status).toBe(422);
    expect(page.one('//*[@class="fault"]')).toContain('whole number');
    expect(page.one('//input[@name="f:1"]/@aria-describedby')).toBe(page.one('//*[@class="fault"]/@id'));
    expect(page.one('//input[@name="f:0"]/@value')).toBe('New "title" <b>');
    expect(await documentAt(web, 'p1')).toBe(person);
  });

  it('has the text of a document that is nothing else, and attributes; what is mixed is for XML', async () => {
    const { web, browser } = await signedIn();
    await put(web, 'one', '<a lang="en">old</a>');
    await put(web, 'two', '<p>Some <b>bold</b> text</p>');
    await browser.submit(await browser.open('/cps/one/manage_edit'), { 'f:.': 'new', 'f:@lang': 'de' });
    expect(await documentAt(web, 'one')).toBe('<a lang="de">new</a>');
    expect((await browser.open('/cps/two/manage_view')).text).toContain('Some <b>bold</b> text');
    expect((await browser.open('/cps/two/manage_edit')).text).toContain('can be edited as XML');
  });

  it('adds and removes fields', async () => {
    const { web, browser } = await signedIn();
    await put(web, 'p1', '<object portal_type="P"><a type="string">1</a><b type="string">2</b></object>');
    const fields = { remove: '0', newName: 'home phone', newType: 'string', newValue: '<1>' };
    await browser.submit(await browser.open('/cps/p1/manage_edit'), fields);
    expect(await documentAt(web, 'p1')).toBe(
      '<object portal_type="P"><b type="string">2</b><property name="home phone" type="string">&lt;1&gt;</property></object>',
    );
  });

  it('takes XML that is checked first, and shows an object indented without changing it', async () => {
    const { web, browser } = await signedIn();
    await put(web, 'p1');
    const form = await browser.open('/cps/p1/manage_edit?as=xml');
    const xml = form.typed('xml');
    expect(xml).toContain('\n  <title type="string">Mirela</title>\n  <age');
    await browser.submit(form, { xml: xml.replaceAll('\n  <', '\n\n    <') });
    expect((await browser.open('/cps/p1/manage_history')).all('//ol[@class="timeline"]/li').length).toBe(1);
    const wrong = await browser.submit(form, { xml: '<object><a></object>' });
    expect(wrong.status).toBe(400);
    expect(wrong.one('//*[@class="fault"]')).toMatch(/line|1:/i);
    expect(wrong.one('//textarea')).toBe('<object><a></object>');
    await browser.submit(wrong, { xml: '<any><b> x </b></any>' });
    expect(await documentAt(web, 'p1')).toBe('<any><b> x </b></any>');
  });

  it('overwrites nothing that somebody else has saved meanwhile: both are shown, and what was not touched is the newer', async () => {
    const { web, browser } = await signedIn();
    await put(web, 'p1');
    const form = await browser.open('/cps/p1/manage_edit');
    await put(web, 'p1', person.replace('41', '50'));
    const typed = { 'f:0': 'Mine', 'f:1': '41', 'f:2': 'true', 'f:3': 'tents', 'f:4': 'a\nb' };
    const shown = await browser.submit(form, typed);
    expect(shown.status).toBe(412);
    expect(await documentAt(web, 'p1')).toContain('>50<');
    expect(shown.one('//*[@role="alert"]')).toMatch(/the test has changed.*age.*41.*50/);
    expect(shown.one('//input[@name="f:0"]/@value')).toBe('Mine');
    expect(shown.one('//input[@name="f:1"]/@value')).toBe('50');
    const saved = await browser.submit(shown, { ...typed, 'f:1': '50' });
    expect(saved.title).toBe('Mine');
    expect(await documentAt(web, 'p1')).toBe(person.replace('Mirela', 'Mine').replace('41', '50'));
  });

  it('shows XML of both when the fields are no longer the same', async () => {
    const { web, browser } = await signedIn();
    await put(web, 'p1');
    const form = await browser.open('/cps/p1/manage_edit');
    await put(web, 'p1', '<other/>');
    const shown = await browser.submit(form, { 'f:0': 'Mine' });
    expect(shown.status).toBe(412);
    expect(shown.one('//textarea')).toContain('>Mine<');
    expect(shown.one('//details//pre')).toBe('<other></other>');
  });

  it('says so when the object has vanished, with a way on', async () => {
    const { web, browser } = await signedIn();
    await put(web, 'people/p1');
    const form = await browser.open('/cps/people/p1/manage_edit');
    await deleteObject(web.site, manager, { path: ['people', 'p1'] });
    const gone = await browser.submit(form, { 'f:0': 'x' });
    expect(gone.status).toBe(404);
    expect(gone.title).toBe('This is not here any more');
    expect((await browser.open(gone.link('To the folder people'))).status).toBe(200);
  });
});

describe('the history', () => {
  it('tells who changed what, field by field, and brings an old state back', async () => {
    const { web, browser } = await signedIn();
    await put(web, 'p1');
    await browser.submit(await browser.open('/cps/p1/manage_edit'), { 'f:0': 'Other' });
    const history = await browser.open('/cps/p1/manage_history');
    expect(history.one('//ol[@class="timeline"]/li[1]')).toMatch(
      /^Changed .*, mia As it is now title .*Mirela.*Other$/,
    );
    expect(history.one('//ol[@class="timeline"]/li[2]')).toMatch(/^Made .*, the test/);
    const seq = history.one('//ol[@class="timeline"]/li[2]//input[@name="seq"]/@value');
    const back = await browser.submit(history, { seq });
    expect(back.one('//*[@role="status"]')).toBe('Brought back.');
    expect(await documentAt(web, 'p1')).toBe(person);
  });

  it('comes page by page', async () => {
    const { web, browser } = await signedIn();
    for (let at = 0; at < 40; at++) await put(web, 'p1', person.replace('41', String(at)));
    const first = await browser.open('/cps/p1/manage_history');
    expect(first.all('//ol[@class="timeline"]/li').length).toBe(30);
    expect((await browser.open(first.link('Next page'))).all('//ol[@class="timeline"]/li').length).toBe(10);
  });

  it('lists what was deleted from a folder, and brings it back with its folder', async () => {
    const { web, browser } = await signedIn();
    await put(web, 'people/p1');
    const page = await browser.open('/cps/people/p1/manage_delete');
    const after = await browser.submit(page, {});
    expect(after.url).toContain('/cps/people/manage_contents');
    const deleted = await browser.open(after.link('Deleted'));
    expect(deleted.one('//tbody/tr')).toMatch(/^p1 Mirela Person .*, mia/);
    const back = await browser.submit(deleted, {});
    expect(back.title).toBe('Mirela');
  });
});

describe('placing objects', () => {
  it('adds a record, which is then filled in; a folder; any XML', async () => {
    const { web, browser } = await signedIn();
    const form = await browser.open('/cps/manage_add');
    const edit = await browser.submit(form, { id: 'p-1', kind: 'record', title: 'Ann & Bo', portalType: 'Person' });
    expect(edit.title).toBe('Edit Ann & Bo');
    const folder = await browser.submit(form, { id: 'box', kind: 'folder' });
    expect(folder.title).toBe('box');
    await browser.submit(await browser.open('/cps/box/manage_add'), { id: 'x', kind: 'xml', xml: '<a><b/></a>' });
    expect(await documentAt(web, 'box/x')).toBe('<a><b></b></a>');
  });

  it.each([
    [{ id: '', kind: 'record' }, 'Please fill this in'],
    [{ id: 'taken', kind: 'record' }, 'already'],
    [{ id: '..', kind: 'folder' }, 'cannot be the id'],
    [{ id: 'n', kind: 'xml', xml: '<a>' }, 'a'],
  ])('says beside the field why %j cannot be', async (fields, text) => {
    const { web, browser } = await signedIn();
    await put(web, 'taken');
    const page = await browser.submit(await browser.open('/cps/manage_add'), { ...fields, title: 'kept' });
    expect(page.status).toBeGreaterThanOrEqual(400);
    expect(page.one('//*[@class="fault"]')).toContain(text);
    expect(page.one('//input[@name="title"]/@value')).toBe('kept');
    expect(page.one('//input[@name="kind"][@checked]/@value')).toBe(fields.kind);
  });

  it('renames and moves, and says which folder is not there', async () => {
    const { web, browser } = await signedIn();
    await put(web, 'a/p1');
    await put(web, 'b/p2');
    const form = await browser.open('/cps/a/p1/manage_rename');
    const wrong = await browser.submit(form, { id: 'q/1', folder: '/nowhere' });
    expect(wrong.one('//*[@class="fault"]')).toContain('/nowhere');
    const moved = await browser.submit(wrong, { id: 'q/1', folder: '/cps/b' });
    expect(moved.url).toContain('/cps/b/q%2F1/manage_view');
  });

  it('moves or deletes nothing that has changed since it was looked at, before it was looked at again', async () => {
    const { web, browser } = await signedIn();
    await put(web, 'p1');
    const rename = await browser.open('/cps/p1/manage_rename');
    const remove = await browser.open('/cps/p1/manage_delete');
    await put(web, 'p1', person.replace('41', '42'));
    expect((await browser.submit(remove, {})).status).toBe(412);
    const again = await browser.submit(rename, { id: 'p2', folder: '/' });
    expect(again.status).toBe(412);
    expect((await browser.submit(again, { id: 'p2', folder: '/' })).url).toContain('/cps/p2/');
  });

  it('deletes what is below only when that is said', async () => {
    const { web, browser } = await signedIn();
    await put(web, 'a/p1');
    const page = await browser.submit(await browser.open('/cps/a/manage_delete'), {});
    expect(page.status).toBe(409);
    expect(page.one('//*[@class="fault"]')).toContain('Tick the box');
    expect((await browser.submit(page, { recursive: 'yes' })).one('//*[@role="status"]')).toContain('Deleted');
  });
});

describe('a role', () => {
  it('that may not read objects gets a page that says so', async () => {
    const { browser } = await signedIn('sync');
    const page = await browser.open('/cps/manage_contents');
    expect(page.status).toBe(403);
    expect(page.title).toBe('You may not do this');
    expect(page.text).toContain('Ask a Manager');
  });
});
