import { describe, expect, it } from 'vitest';
import type { WebFixture } from './web-fixture.ts';
import { crowd } from '../support/pair.ts';
import { startWeb } from './web-fixture.ts';

const api = '/cps/api/v1';
const person = (name: string) => `<object portal_type="Person"><first_name type="string">${name}</first_name></object>`;

async function put(web: WebFixture, path: string, name: string, as = 'mia'): Promise<void> {
  const options = { method: 'PUT', as, body: person(name), headers: { 'content-type': 'text/xml' } };
  expect((await web.ask(`${api}/objects${path}`, options)).status).toBeLessThan(300);
}

async function historyOf(web: WebFixture, query: string): Promise<readonly Record<string, unknown>[]> {
  // The list that the API promises; the tests look at its members.
  return (await web.ask(`${api}/history${query}`)).json['history'] as readonly Record<string, unknown>[];
}

describe('the history of an object over the API', () => {
  it('says who changed what, the newest first, in pages', async () => {
    const web = await startWeb();
    await put(web, '/a', 'one');
    await put(web, '/a', 'two', 'seb');
    const [newest, first] = await historyOf(web, '/a');
    expect(newest).toMatchObject({ state: 'present', by: 'seb', changes: [{ before: 'one', after: 'two' }] });
    expect(first).toMatchObject({ by: 'mia' });
    expect(await historyOf(web, `/a?limit=1&before=${String(newest?.['seq'])}`)).toMatchObject([{ by: 'mia' }]);
    expect(await web.ask(`${api}/history/nobody`)).toMatchObject({ status: 404, json: { code: 'CON-R002' } });
  });

  it('brings an old revision back', async () => {
    const web = await startWeb();
    await put(web, '/a', 'one');
    await put(web, '/a', 'two');
    const [newest, first] = await historyOf(web, '/a');
    const restored = await web.ask(`${api}/history/a?restore=${String(first?.['seq'])}`, { method: 'POST', as: 'mia' });
    expect(restored).toMatchObject({ status: 200, json: { path: '/a' } });
    expect((await web.ask(`${api}/objects/a`)).text).toBe(person('one'));
    const wrong = await web.ask(`${api}/history/a?restore=${Number(newest?.['seq']) + 1000}`, { method: 'POST' });
    expect(wrong).toMatchObject({ status: 404, json: { code: 'CON-R009' } });
    for (const query of ['', '?restore=x', '?restore=0', '?restore=1&gid='])
      expect(await web.ask(`${api}/history/a${query}`, { method: 'POST' })).toMatchObject({ status: 400 });
  });

  it('brings a deleted object back, by path or by gid, with its folder', async () => {
    const web = await startWeb();
    await put(web, '/folder?createParents=1', 'folder');
    await put(web, '/folder/a', 'one');
    await web.ask(`${api}/objects/folder?recursive=1`, { method: 'DELETE', as: 'mia' });
    const [deleted] = (await web.ask(`${api}/deleted`)).json['deleted'] as readonly Record<string, unknown>[];
    expect(deleted).toMatchObject({ path: '/folder', deletedBy: 'mia' });
    expect(await web.ask(`${api}/history/folder?restore=`, { method: 'POST' })).toMatchObject({ status: 200 });
    const below = await web.ask(`${api}/deleted/folder`);
    const [a] = below.json['deleted'] as readonly Record<string, unknown>[];
    await web.ask(`${api}/objects/folder`, { method: 'DELETE' });
    const byGid = await web.ask(`${api}/history?gid=${String(a?.['gid'])}&restore=`, { method: 'POST' });
    expect(byGid).toMatchObject({ status: 200, json: { path: '/folder/a', revivedFolders: ['/folder'] } });
    expect((await web.ask(`${api}/objects/folder/a`)).text).toBe(person('one'));
  });
});

describe('asXML', () => {
  it('shows an object, or the site, with all that is below, at the address of the setup that this replaces', async () => {
    const web = await startWeb();
    await put(web, '/workspaces/members/seb/gggggggggggggg?createParents=1', 'Sébastien');
    const one = await web.ask('/cps/workspaces/members/seb/gggggggggggggg/asXML');
    expect(one).toMatchObject({ status: 200 });
    expect(one.headers.get('content-type')).toBe('application/xml; charset=utf-8');
    expect(one.text).toMatch(/^<object gid="[^"]+" id="gggggggggggggg" portal_type="Person">/);
    const site = await web.ask('/cps/asXML');
    expect(site.text).toMatch(/^<object id="cps" portal_type="Site">[^]*id="workspaces"[^]*Sébastien/);
    expect(await web.ask('/cps/nobody/asXML')).toMatchObject({ status: 404, json: { code: 'CON-R002' } });
    expect(await web.ask('/cps/asXML', { method: 'HEAD' })).toMatchObject({ status: 200, text: '' });
  });

  it('shows an object whose id has slashes, blanks, quotes, or is asXML itself', async () => {
    const web = await startWeb();
    for (const id of ['a/b', 'two words', `say "it's"`, 'é', 'asXML', 'api']) {
      await put(web, `/${encodeURIComponent(id)}`, 'x');
      expect((await web.ask(`/cps/${encodeURIComponent(id)}/asXML`)).text).toContain('<first_name type="string">x');
    }
  });

  it('shows thousands of objects without holding them', async () => {
    const web = await startWeb();
    const count = crowd(500, 60);
    for (let at = 0; at < count; at++) await put(web, `/${at}`, 'x'.repeat(200));
    const { text, headers } = await web.ask('/cps/asXML');
    expect(text.match(/<first_name/g)).toHaveLength(count);
    expect(headers.get('content-length')).toBeNull();
  });
});
