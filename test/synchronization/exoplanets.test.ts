import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FolderDocumentSource } from '../../src/adapters/folder/folder-document-source.ts';
import { FolderDocumentTarget } from '../../src/adapters/folder/folder-document-target.ts';
import { exportObjects } from '../../src/use-cases/transfer/export-objects.ts';
import { importObjects } from '../../src/use-cases/transfer/import-objects.ts';
import { canonicalFiles, exoplanetsTitle, hasExoplanets, unpackExoplanets } from '../support/exoplanets.ts';
import { HandClock } from '../support/memory-site.ts';
import { manager, sync, TestSite, Wire } from '../support/synced-sites.ts';

const clock = new HandClock();

describe.skipIf(!hasExoplanets)(exoplanetsTitle, () => {
  const publisher = new TestSite('cps', clock);
  const subscriber = new TestSite('cps_client', clock);
  const wire = new Wire(publisher, subscriber);
  let folder: string;
  let ids: readonly string[] = [];

  beforeAll(async () => {
    folder = await unpackExoplanets();
    await publisher.addAccount('sync', 'a:b');
  });

  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  async function importYear(year: string, mirror: boolean): Promise<void> {
    const source = await FolderDocumentSource.open([join(folder, year, 'systems')]);
    await importObjects(publisher.context, manager, { path: ['catalogue'], source, mirror });
  }

  async function exported(site: TestSite, name: string): Promise<ReadonlyMap<string, string>> {
    const target = await FolderDocumentTarget.folder(join(folder, name));
    await exportObjects(site.context, { path: ['catalogue'], target });
    return canonicalFiles(join(folder, name));
  }

  /** Writes another value into the one field of a system that every system has; `field` is an element directly below its root. */
  async function editSystem(site: TestSite, id: string, edit: (document: string) => string): Promise<void> {
    const path = `/catalogue/${encodeURIComponent(id)}`;
    const before = await site.get(path);
    if (before === undefined) throw new Error(`no ${id}`);
    const after = edit(before);
    expect(after).not.toBe(before);
    await site.put(path, after);
  }

  const rename = (name: string) => (document: string) =>
    document.replace(/<name>[^<]*<\/name>/, `<name>${name}</name>`);
  const mark = (document: string): string => document.replace('<system>', '<system checked="yes">');

  it('arrives whole at an empty subscriber', async () => {
    await importYear('2020', false);
    await publisher.publish('catalogue', '/catalogue', { conduit: 'xml' });
    await subscriber.subscribe('catalogue', publisher, '/catalogue', { conduit: 'xml' });
    const report = await sync(subscriber, 'catalogue', wire);
    expect(report.received.created).toBe(2830);
    expect(await exported(subscriber, 'subscriber-2020')).toEqual(
      await canonicalFiles(join(folder, '2020', 'systems')),
    );
  });

  it('is brought to 2023 by its changes', async () => {
    await importYear('2023', true);
    const report = await sync(subscriber, 'catalogue', wire);
    expect(report.received).toMatchObject({ created: 1267, updated: 2814, deleted: 16 });
    const wanted = await canonicalFiles(join(folder, '2023', 'systems'));
    expect(await exported(publisher, 'publisher-2023')).toEqual(wanted);
    expect(await exported(subscriber, 'subscriber-2023')).toEqual(wanted);
    ids = [...wanted.keys()].map((name) => name.replace(/\.xml$/, ''));
  });

  it('merges edits of different fields, and keeps ten conflicts for ten clashes', async () => {
    await sync(subscriber, 'catalogue', wire);
    const merged = ids.filter((_, at) => at % 37 === 0).slice(0, 100);
    const clashing = ids.filter((_, at) => at % 37 === 1).slice(0, 10);
    for (const id of merged) {
      await editSystem(publisher, id, rename(`${id} of the publisher`));
      await editSystem(subscriber, id, mark);
    }
    for (const id of clashing) {
      await editSystem(publisher, id, rename(`${id} of the publisher`));
      await editSystem(subscriber, id, rename(`${id} of the subscriber`));
    }
    await sync(subscriber, 'catalogue', wire);
    await sync(subscriber, 'catalogue', wire);
    const result = await exported(publisher, 'publisher-edited');
    expect(await exported(subscriber, 'subscriber-edited')).toEqual(result);
    for (const id of merged) {
      expect(result.get(`${id}.xml`)).toContain('checked="yes"');
      expect(result.get(`${id}.xml`)).toContain(`<name>${id} of the publisher</name>`);
    }
    const conflicts = await publisher.context.store.conflicts({ state: 'open' });
    expect(conflicts.map((conflict) => conflict.subscriber.value).toSorted()).toEqual(
      clashing.map((id) => `${id} of the subscriber`).toSorted(),
    );
    for (const id of clashing) expect(result.get(`${id}.xml`)).toContain(`<name>${id} of the publisher</name>`);
    expect(await subscriber.context.store.countConflicts({ state: 'open' })).toBe(10);
  });
});
