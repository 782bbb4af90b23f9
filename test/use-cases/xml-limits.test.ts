import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FolderDocumentSource } from '../../src/adapters/folder/folder-document-source.ts';
import { documentFromJson, jsonFromDocument } from '../../src/objects/json-form.ts';
import { importObjects } from '../../src/use-cases/transfer/import-objects.ts';
import { patchObject, putObject } from '../../src/use-cases/objects/write-object.ts';
import type { XmlLimits } from '../../src/xml/limits.ts';
import { defaultXmlLimits } from '../../src/xml/limits.ts';
import type { MemorySite } from '../support/memory-site.ts';
import { openMemorySite } from '../support/memory-site.ts';
import { HandClock } from '../support/memory-site.ts';
import { sync, TestSite, Wire } from '../support/synced-sites.ts';

const anna = { name: 'anna' };
const nested = (depth: number): string => `${'<a>'.repeat(depth)}${'</a>'.repeat(depth)}`;

function siteWith(limits: Partial<XmlLimits>): MemorySite & { readonly xmlLimits: XmlLimits } {
  return { ...openMemorySite(), xmlLimits: { ...defaultXmlLimits, ...limits } };
}

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'concord-limits-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function importFile(site: MemorySite, name: string, content: string) {
  await writeFile(join(folder, name), content);
  const source = await FolderDocumentSource.open([join(folder, name)]);
  return importObjects(site, anna, { path: ['data'], source });
}

describe('the configured limits of documents', () => {
  it.each([
    [{ maxDepth: 5 }, nested(6), '5 (xml.maxDepth)'],
    [{ maxAttributes: 2 }, '<a b="" c="" d=""/>', '2 attributes (xml.maxAttributes)'],
    [{ maxNodes: 10 }, `<a>${'<b/>'.repeat(10)}</a>`, '10 nodes (xml.maxNodes)'],
    [{ maxOctets: 1_000 }, `<a>${'x'.repeat(1_000)}</a>`, '1000 octets (xml.maxOctets)'],
  ])(
    '%j bounds what is put, patched and imported, and the message names limit, value and setting',
    async (limits, document, named) => {
      const site = siteWith(limits);
      await expect(putObject(site, anna, { path: ['a'], document })).rejects.toMatchObject({
        code: 'CON-X002',
        message: expect.stringContaining(named) as string,
      });
      await putObject(site, anna, { path: ['b'], document: '<r/>' });
      const content = document.replace(/^<(a[^>]*?)\/?>/, '<$1>').endsWith('</a>')
        ? document
        : '<a b="" c="" d=""></a>';
      const modifications = `<xupdate:modifications version="1.0" xmlns:xupdate="http://www.xmldb.org/xupdate"><xupdate:append select="/r">${content}</xupdate:append></xupdate:modifications>`;
      await expect(patchObject(site, anna, { path: ['b'], modifications })).rejects.toMatchObject({
        message: expect.stringContaining(named.replace(/^.*\(/, '(')) as string,
      });
      expect(await importFile(site, 'c.xml', document)).toMatchObject({
        created: 0,
        failed: [{ code: 'CON-X002', message: expect.stringContaining(named) as string }],
      });
    },
  );

  it('bound what comes as JSON and as a table, too', async () => {
    const site = siteWith({ maxOctets: 1_000 });
    const long = 'x'.repeat(1_000);
    const named = expect.stringContaining('1000 octets (xml.maxOctets)') as string;
    expect((await importFile(site, 'a.json', JSON.stringify({ text: long }))).failed).toMatchObject([
      { message: named },
    ]);
    expect((await importFile(site, 'b.csv', `id,text\n1,${long}\n2,short\n`)).failed).toMatchObject([
      { message: named },
    ]);
    expect(() => documentFromJson({ text: long }, site.xmlLimits)).toThrow('(xml.maxOctets)');
  });

  it('let in what the defaults would not, and it can be read, patched and shown afterwards', async () => {
    const site = siteWith({ maxDepth: 400, maxAttributes: 400 });
    const { version } = await putObject(site, anna, { path: ['deep'], document: nested(300) });
    expect(jsonFromDocument(version.document)).toEqual({ xml: version.document });
    const modifications = `<xupdate:modifications version="1.0" xmlns:xupdate="http://www.xmldb.org/xupdate"><xupdate:append select="/a"><b/></xupdate:append></xupdate:modifications>`;
    expect((await patchObject(site, anna, { path: ['deep'], modifications })).version.document).toContain('<b></b>');
    expect(await importFile(site, 'deep.xml', nested(350))).toMatchObject({ created: 1 });
  });

  it('that have been lowered since leave what is stored as it is', async () => {
    const site = siteWith({});
    await putObject(site, anna, { path: ['deep'], document: nested(100) });
    const strict = { ...site, xmlLimits: { ...defaultXmlLimits, maxDepth: 5 } };
    await expect(putObject(strict, anna, { path: ['deep'], document: nested(100) })).rejects.toThrow('(xml.maxDepth)');
    expect((await putObject(strict, anna, { path: ['deep'] })).version.document).toBe(nested(100));
  });
});

describe('a document that is beyond the limits of the other side', () => {
  async function sites(limits: { readonly cps?: Partial<XmlLimits>; readonly client?: Partial<XmlLimits> }) {
    const clock = new HandClock();
    const cps = new TestSite('cps', clock, { xmlLimits: { ...defaultXmlLimits, ...limits.cps } });
    const client = new TestSite('client', clock, { xmlLimits: { ...defaultXmlLimits, ...limits.client } });
    await cps.addAccount('sync', 'a:b');
    await cps.put('/r/first', '<r/>');
    await cps.publish('Repository', '/r');
    await client.subscribe('Repository', cps, '/r');
    return { cps, client, wire: new Wire(cps) };
  }

  it('is refused by the subscriber with a line in its log, and the rest comes', async () => {
    const { cps, client, wire } = await sites({ client: { maxDepth: 5 } });
    await cps.put('/r/deep', nested(6));
    await cps.put('/r/plain', nested(5));
    await sync(client, 'Repository', wire);
    expect(Object.keys(await client.tree('/r'))).toEqual(['/first', '/plain']);
    const [line] = (await client.context.store.log({ limit: 5 })).filter(({ level }) => level === 'warning');
    expect(line?.text).toContain('5 (xml.maxDepth)');
    expect(line?.text).toContain('deep');
    const [subscriber] = await cps.context.store.subscribers('Repository');
    const refused = await cps.context.store.exceptions(subscriber?.peer ?? expect.unreachable('it was there'), {
      reason: 'refused',
    });
    expect([...refused.values()]).toMatchObject([{ code: 413 }]);
  });

  it('is refused by the publisher likewise, whole and as an XUpdate', async () => {
    const { cps, client, wire } = await sites({ cps: { maxDepth: 5 } });
    await sync(client, 'Repository', wire);
    await client.put('/r/deep', nested(6));
    await client.put('/r/first', `<r>${nested(5)}</r>`);
    await sync(client, 'Repository', wire);
    await sync(client, 'Repository', wire);
    expect(await cps.get('/r/first')).toBe('<r></r>');
    expect(await cps.get('/r/deep')).toBeUndefined();
    const lines = (await cps.context.store.log({ limit: 50 })).filter(({ text }) => text.includes('5 (xml.maxDepth)'));
    expect(lines.length).toBeGreaterThanOrEqual(2);
    const { peer = 0 } = (await client.context.store.subscription('Repository')) ?? {};
    const refused = await client.context.store.exceptions(peer, { reason: 'refused' });
    expect([...refused.values()]).toMatchObject([{ code: 413 }, { code: 413 }]);
  });

  it('goes through where both sides have raised theirs, and merges there', async () => {
    const raised = { maxDepth: 400 };
    const { cps, client, wire } = await sites({ cps: raised, client: raised });
    await cps.put('/r/deep', `<r>${nested(300)}<b/><c/></r>`);
    await sync(client, 'Repository', wire);
    await cps.put('/r/deep', `<r>${nested(300)}<b>1</b><c/></r>`);
    await client.put('/r/deep', `<r>${nested(300)}<b/><c>2</c></r>`);
    await sync(client, 'Repository', wire);
    const merged = `<r>${nested(300)}<b>1</b><c>2</c></r>`;
    expect(await cps.get('/r/deep')).toBe(merged);
    expect(await client.get('/r/deep')).toBe(merged);
  });
});
