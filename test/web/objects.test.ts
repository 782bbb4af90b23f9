import { describe, expect, it } from 'vitest';
import { topGid } from '../../src/objects/gid.ts';
import type { AskOptions, WebFixture } from './web-fixture.ts';
import { askRaw, signedIn, startWeb } from './web-fixture.ts';

const objects = '/cps/api/v1/objects';
const person = '<object portal_type="Person"><first_name type="string">Sébastien</first_name></object>';

function xml(body: string, headers: Readonly<Record<string, string>> = {}, method = 'PUT'): AskOptions {
  return { method, body, headers: { 'content-type': 'text/xml; charset=utf-8', ...headers } };
}

async function put(web: WebFixture, path: string, body = person): Promise<string> {
  const answer = await web.ask(`${objects}${path}`, xml(body));
  expect(answer.status).toBeLessThan(300);
  return answer.headers.get('etag') ?? '';
}

describe('the search over the API', () => {
  it('finds what stands in fields, and goes on where it stopped', async () => {
    const web = await startWeb();
    for (const id of ['a', 'b', 'c'])
      await web.ask(`/cps/api/v1/objects/f/${id}?createParents=1`, {
        method: 'PUT',
        body: `<x><y>Über ${id}</y></x>`,
        headers: { 'content-type': 'application/xml' },
      });
    const first = await web.ask(`/cps/api/v1/search/f?text=${encodeURIComponent('über')}&limit=2`, { as: 'mia' });
    expect(first.json).toMatchObject({ found: [{ path: '/f/a' }, { path: '/f/b' }], read: 2, next: '/f/b' });
    const rest = await web.ask(`/cps/api/v1/search/f?text=${encodeURIComponent('über')}&after=/f/b`);
    expect(rest.json).toMatchObject({ found: [{ path: '/f/c' }], next: null });
    expect(await web.ask('/cps/api/v1/search/none?text=x')).toMatchObject({ status: 404 });
    expect(await web.ask('/cps/api/v1/search?text=')).toMatchObject({ status: 400 });
  });
});

describe('an object over the API', () => {
  it('is created with 201, replaced with 200, and read back as it was put', async () => {
    const web = await startWeb();
    const created = await web.ask(`${objects}/seb`, xml(person));
    expect(created).toMatchObject({ status: 201, json: { path: '/seb', id: 'seb', type: 'object' } });
    expect(created.headers.get('location')).toBe('/cps/api/v1/objects/seb');
    const read = await web.ask(`${objects}/seb`);
    expect(read).toMatchObject({ status: 200, text: person });
    expect(read.headers.get('content-type')).toBe('application/xml; charset=utf-8');
    expect(read.headers.get('etag')).toBe(created.headers.get('etag'));
    expect(read.headers.get('etag')).toBe(`"${String(created.json['digest'])}"`);
    const replaced = await web.ask(`${objects}/seb`, xml('<x xmlns="urn:other"/>'));
    expect(replaced).toMatchObject({ status: 200, json: { type: 'xml', gid: created.json['gid'] } });
  });

  it('is JSON for those who ask for that, and takes the same JSON back', async () => {
    const web = await startWeb();
    await put(web, '/seb');
    const read = await web.ask(`${objects}/seb`, { headers: { accept: 'application/json' } });
    expect(read.json).toEqual({ portal_type: 'Person', first_name: 'Sébastien' });
    const before = read.headers.get('etag');
    const written = await web.ask(`${objects}/seb`, { method: 'PUT', json: read.json });
    expect(written).toMatchObject({ status: 200 });
    expect(written.headers.get('etag')).toBe(before);
    expect(await web.ask(`${objects}/new`, { method: 'PUT', json: { portal_type: 'Person', age: 7 } })).toMatchObject({
      status: 201,
    });
    expect((await web.ask(`${objects}/new`)).text).toContain('<age type="int">7</age>');
  });

  it('is XML for browsers and for those who take anything', async () => {
    const web = await startWeb();
    await put(web, '/seb');
    for (const accept of ['*/*', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'text/xml'])
      expect((await web.ask(`${objects}/seb`, { headers: { accept } })).text).toBe(person);
    const other = await web.ask(`${objects}/seb`, { headers: { accept: 'image/png' } });
    expect(other).toMatchObject({ status: 406, json: { code: 'CON-W005' } });
  });

  it('is not sent again to those who have it', async () => {
    const web = await startWeb();
    const tag = await put(web, '/seb');
    for (const named of [tag, `"other", ${tag}`, `W/${tag}`, '*'])
      expect(await web.ask(`${objects}/seb`, { headers: { 'if-none-match': named } })).toMatchObject({
        status: 304,
        text: '',
      });
    expect(await web.ask(`${objects}/seb`, { headers: { 'if-none-match': '"other"' } })).toMatchObject({ status: 200 });
  });

  it('is told by HEAD without its document', async () => {
    const web = await startWeb();
    const tag = await put(web, '/seb');
    const head = await web.ask(`${objects}/seb`, { method: 'HEAD' });
    expect(head).toMatchObject({ status: 200, text: '' });
    expect(head.headers.get('etag')).toBe(tag);
  });

  it('is written only while it is as If-Match says', async () => {
    const web = await startWeb();
    const tag = await put(web, '/seb');
    const refused = { status: 412, json: { code: 'CON-R007' } };
    const modifications =
      '<xupdate:modifications version="1.0" xmlns:xupdate="http://www.xmldb.org/xupdate"><xupdate:update select="/object/first_name">S</xupdate:update></xupdate:modifications>';
    for (const stale of ['"AAAA"', `W/${tag}`]) {
      const headers = { 'if-match': stale };
      expect(await web.ask(`${objects}/seb`, xml('<a/>', headers))).toMatchObject(refused);
      expect(await web.ask(`${objects}/seb`, xml(modifications, headers, 'PATCH'))).toMatchObject(refused);
      expect(await web.ask(`${objects}/seb`, { method: 'DELETE', headers })).toMatchObject(refused);
      expect(await web.ask(`${objects}/seb?move=/other`, { method: 'POST', headers })).toMatchObject(refused);
    }
    expect((await web.ask(`${objects}/seb`)).text).toBe(person);
    const patched = await web.ask(`${objects}/seb`, xml(modifications, { 'if-match': tag }, 'PATCH'));
    expect(patched).toMatchObject({ status: 200 });
    expect((await web.ask(`${objects}/seb`)).text).toBe(person.replace('Sébastien', 'S'));
    expect(await web.ask(`${objects}/nobody`, xml('<a/>', { 'if-match': '*' }))).toMatchObject(refused);
  });

  it('is created only when there is none, with If-None-Match: *', async () => {
    const web = await startWeb();
    const headers = { 'if-none-match': '*' };
    expect(await web.ask(`${objects}/seb`, xml(person, headers))).toMatchObject({ status: 201 });
    expect(await web.ask(`${objects}/seb`, xml(person, headers))).toMatchObject({
      status: 412,
      json: { code: 'CON-R007' },
    });
    expect(await web.ask(`${objects}/seb`, xml(person, { 'if-none-match': '"x"' }))).toMatchObject({ status: 400 });
    expect(await web.ask(`${objects}/seb`, xml(person, { 'if-match': '"x", "y"' }))).toMatchObject({ status: 400 });
  });

  it('needs its folder, or leave to make it', async () => {
    const web = await startWeb();
    expect(await web.ask(`${objects}/a/b/c`, xml(person))).toMatchObject({ status: 404, json: { code: 'CON-R002' } });
    expect(await web.ask(`${objects}/a/b/c?createParents=1`, xml(person))).toMatchObject({ status: 201 });
    expect(await web.ask(`${objects}/a/b`)).toMatchObject({ status: 200 });
  });

  it('is deleted alone, or with what is below it', async () => {
    const web = await startWeb();
    await put(web, '/a?createParents=1');
    await put(web, '/a/b');
    const inUse = await web.ask(`${objects}/a`, { method: 'DELETE' });
    expect(inUse).toMatchObject({ status: 409, json: { code: 'CON-R012' } });
    expect(await web.ask(`${objects}/a?recursive=true`, { method: 'DELETE' })).toMatchObject({
      status: 200,
      json: { deleted: 2 },
    });
    expect(await web.ask(`${objects}/a`)).toMatchObject({ status: 404, json: { code: 'CON-R002' } });
  });

  it('is moved by address or by body', async () => {
    const web = await startWeb();
    await put(web, '/seb');
    const moved = await web.ask(`${objects}/seb?move=${encodeURIComponent('/sébastien & co')}`, { method: 'POST' });
    expect(moved).toMatchObject({ status: 200, json: { path: '/sébastien & co' } });
    const back = await web.ask(`${objects}/${encodeURIComponent('sébastien & co')}`, {
      method: 'POST',
      json: { to: '/seb' },
    });
    expect(back).toMatchObject({ status: 200, json: { path: '/seb' } });
    expect(await web.ask(`${objects}/seb`, { method: 'POST' })).toMatchObject({
      status: 400,
      json: { code: 'CON-R008' },
    });
    await put(web, '/other');
    expect(await web.ask(`${objects}/seb?move=/other`, { method: 'POST' })).toMatchObject({
      status: 409,
      json: { code: 'CON-R006' },
    });
  });

  it('is written under the name of who signed in', async () => {
    const web = await startWeb();
    await web.ask(`${objects}/seb`, { ...xml(person), as: 'mia' });
    const [seb] = await web.site.store.children(topGid);
    const [revision] = await web.site.store.history(seb?.gid ?? topGid);
    expect(revision?.edits.main.by).toBe('mia');
  });
});

describe('the list of what is below', () => {
  it('comes in pages, in the order of the ids', async () => {
    const web = await startWeb();
    for (const id of ['c', 'a', 'b']) await put(web, `/${id}`);
    const first = await web.ask(`${objects}?limit=2`);
    expect(first.json).toMatchObject({ path: '/', children: [{ id: 'a', path: '/a' }, { id: 'b' }], next: 'b' });
    expect((await web.ask(`${objects}?children=1&limit=2&after=b`)).json).toMatchObject({
      children: [{ id: 'c' }],
      next: null,
    });
    expect((await web.ask(`${objects}/a?children=1`)).json).toMatchObject({ path: '/a', children: [], next: null });
    expect(await web.ask(`${objects}/nobody?children`)).toMatchObject({ status: 404 });
  });

  it.each(['limit=0', 'limit=1001', 'limit=x', 'childen=1', 'children=maybe'])(
    'refuses the query %s and says what is wrong with it',
    async (query) => {
      const web = await startWeb();
      const answer = await web.ask(`${objects}?${query}`);
      expect(answer).toMatchObject({ status: 400, json: { code: 'CON-R008' } });
      expect(answer.json['detail']).toContain(query.split('=')[0]);
    },
  );
});

describe('an id', () => {
  const ids = [
    "it's",
    'say "hi"',
    'two words',
    'a/b',
    'a%2Fb',
    '100%',
    'é',
    '密码',
    '🔑',
    'a+b',
    'a?b#c',
    'a&b=c',
    'asXML',
    'api',
    '<x>',
    '..a',
    "a';DROP--",
  ];

  it.each(ids)('%j stands in an address when it is escaped', async (id) => {
    const web = await startWeb();
    const path = `/${encodeURIComponent(id)}`;
    const answer = await web.ask(`${objects}${path}`, xml(person));
    expect(answer).toMatchObject({ status: 201, json: { id } });
    expect(await web.ask(answer.headers.get('location') ?? '')).toMatchObject({ status: 200, text: person });
    expect((await web.ask(objects)).json['children']).toMatchObject([{ id }]);
    expect(await web.ask(`${objects}${path}/below`, xml(person))).toMatchObject({ status: 201 });
    expect(await web.ask(`${objects}${path}?recursive=1`, { method: 'DELETE' })).toMatchObject({ status: 200 });
  });

  it.each(['.', '..', '%00', 'a%0Ab', 'x'.repeat(256)])('that cannot be one is refused: %j', async (id) => {
    const web = await startWeb();
    // Without any client that would escape the address, or resolve its dots.
    const request = `GET ${objects}/${id} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${signedIn}\r\n\r\n`;
    expect(await askRaw(web.address, request)).toMatch(/^HTTP\/1.1 400 [^]*CON-R008/);
  });
});

describe('a document that cannot be accepted', () => {
  it.each([
    ['malformed', '<a><b></a>', 400, 'CON-X001'],
    ['empty', '', 400, 'CON-X001'],
    ['with a DOCTYPE', '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', 400, 'CON-X003'],
    ['too deep', `${'<a>'.repeat(300)}${'</a>'.repeat(300)}`, 413, 'CON-X002'],
    [
      'with too many attributes',
      `<a ${Array.from({ length: 300 }, (_, at) => `a${at}=""`).join(' ')}/>`,
      413,
      'CON-X002',
    ],
    ['in no encoding that it could be', '\u00ff\u00fe', 400, 'CON-X001'],
  ])('%s is refused with what is wrong, and nothing is written', async (_, body, status, code) => {
    const web = await startWeb();
    const answer = await web.ask(`${objects}/a/b?createParents=1`, xml(body));
    expect(answer).toMatchObject({ status, json: { code } });
    expect(answer.json['remedy']).not.toBe('');
    expect((await web.ask(objects)).json['children']).toEqual([]);
  });

  it('is refused when it is larger than the server takes', async () => {
    const web = await startWeb({ settings: { maxBodyOctets: 1_000 } });
    const answer = await web.ask(`${objects}/a`, xml(`<a>${'x'.repeat(1_000)}</a>`));
    expect(answer).toMatchObject({ status: 413, json: { code: 'CON-W003' } });
  });

  it('is refused when it does not say what it is, or is of another kind', async () => {
    const web = await startWeb();
    for (const type of ['', 'text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
      const answer = await web.ask(`${objects}/a`, {
        method: 'PUT',
        body: new TextEncoder().encode('<a/>'),
        headers: type === '' ? {} : { 'content-type': type },
      });
      expect(answer).toMatchObject({ status: 415, json: { code: 'CON-W004' } });
      expect(answer.text).toContain('application/xml');
    }
  });

  it('is refused when it is no JSON, or not the JSON of an object', async () => {
    const web = await startWeb();
    const json = (body: string) =>
      web.ask(`${objects}/a`, { method: 'PUT', body, headers: { 'content-type': 'application/json' } });
    for (const body of ['{', '[]', '"text"', ''])
      expect(await json(body)).toMatchObject({ status: 400, json: { code: 'CON-R014' } });
  });

  it('is refused as modifications when a select matches nothing, and nothing is changed', async () => {
    const web = await startWeb();
    await put(web, '/seb');
    const modifications = (select: string) =>
      `<xupdate:modifications version="1.0" xmlns:xupdate="http://www.xmldb.org/xupdate"><xupdate:update select="/object/first_name">X</xupdate:update><xupdate:remove select="${select}"/></xupdate:modifications>`;
    for (const select of ['/object/nothing', '///', 'document(1)'])
      expect(await web.ask(`${objects}/seb`, xml(modifications(select), {}, 'PATCH'))).toMatchObject({
        status: 422,
        json: { code: 'CON-U001' },
      });
    expect((await web.ask(`${objects}/seb`)).text).toBe(person);
  });
});
