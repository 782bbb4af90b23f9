import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { constants, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FolderDocumentSource } from '../../src/adapters/folder/folder-document-source.ts';
import { FolderDocumentTarget } from '../../src/adapters/folder/folder-document-target.ts';
import { PostalMailReader } from '../../src/adapters/mail/postal-mail-reader.ts';
import { runSync } from '../../src/use-cases/subscriber/run-sync.ts';
import { exportObjects } from '../../src/use-cases/transfer/export-objects.ts';
import { importObjects } from '../../src/use-cases/transfer/import-objects.ts';
import { canonicalFiles, exoplanetsTitle, hasExoplanets, unpackExoplanets } from '../support/exoplanets.ts';
import { mailOf, MailRelay } from '../support/mail-relay.ts';
import { HandClock } from '../support/memory-site.ts';
import { manager, sync, TestSite, Wire } from '../support/synced-sites.ts';

const id = 'catalogue';
const options = { maxMessageOctets: 64_000_000 };

describe.skipIf(!hasExoplanets)(`${exoplanetsTitle}, over mail only`, () => {
  const clock = new HandClock();
  const publisher = new TestSite('cps_server', clock, options);
  const byMail = new TestSite('cps_client', clock, options);
  const byHttp = new TestSite('cps_other', clock);
  const relay = new MailRelay([publisher, byMail], 10_000_000);
  const wire = new Wire(publisher, byHttp);
  let folder: string;

  beforeAll(async () => {
    folder = await unpackExoplanets();
    await publisher.addAccount('sync', 'a:b');
  });

  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  async function importYear(year: string): Promise<void> {
    const source = await FolderDocumentSource.open([join(folder, year, 'systems')]);
    await importObjects(publisher.context, manager, { path: [id], source, mirror: true });
  }

  async function exported(site: TestSite, name: string): Promise<ReadonlyMap<string, string>> {
    await exportObjects(site.context, { path: [id], target: await FolderDocumentTarget.folder(join(folder, name)) });
    return canonicalFiles(join(folder, name));
  }

  /** Octets of all messages before base64. */
  async function syncByMail(): Promise<number> {
    clock.at += 1000;
    const before = relay.sent.length;
    const control = { services: byMail.services, transport: relay };
    await runSync(byMail.context, { id, options: { holder: 'test' } }, control);
    await relay.bringAll();
    let octets = 0;
    for (const { raw } of relay.sent.slice(before))
      for (const file of (await new PostalMailReader().read(raw)).files) octets += file.octets.length;
    return octets;
  }

  /** Octets of all messages as HTTP compresses them. */
  async function syncByHttp(): Promise<number> {
    const before = wire.exchanges.length;
    await sync(byHttp, id, wire);
    const texts = wire.exchanges.slice(before).flatMap(({ request, answer }) => [request, answer]);
    return texts.reduce((sum, text) => sum + gzipSync(text, { level: constants.Z_BEST_SPEED }).length, 0);
  }

  it('arrives whole, in no more octets than by HTTP and a half', async () => {
    await importYear('2020');
    await publisher.publish(id, '/catalogue', { conduit: 'xml', url: `mailto:${mailOf(publisher)}` });
    await byHttp.subscribe(id, publisher, '/catalogue', { conduit: 'xml' });
    await byMail.subscribe(id, publisher, '/catalogue', {
      conduit: 'xml',
      publicationUrl: `mailto:${mailOf(publisher)}`,
      subscriptionUrl: `mailto:${mailOf(byMail)}`,
    });
    expect(await syncByMail()).toBeLessThan(1.5 * (await syncByHttp()));
    expect(await exported(byMail, 'mail-2020')).toEqual(await canonicalFiles(join(folder, '2020', 'systems')));
  });

  it('is brought to 2023 by its changes, and takes edits back', async () => {
    await importYear('2023');
    expect(await syncByMail()).toBeLessThan(1.5 * (await syncByHttp()));
    const wanted = await canonicalFiles(join(folder, '2023', 'systems'));
    expect(await exported(byMail, 'mail-2023')).toEqual(wanted);
    const ids = [...wanted.keys()].map((name) => name.replace(/\.xml$/, '')).filter((_, at) => at % 41 === 0);
    for (const [number, name] of ids.slice(0, 60).entries()) {
      const path = `/catalogue/${encodeURIComponent(name)}`;
      const site = number % 2 === 0 ? byMail : publisher;
      await site.put(path, ((await site.get(path)) ?? '').replace('<system>', `<system checked="${number}">`));
    }
    await syncByMail();
    await syncByMail();
    const result = await exported(publisher, 'publisher-edited');
    expect(await exported(byMail, 'mail-edited')).toEqual(result);
    expect([...result.values()].filter((text) => text.includes('checked="'))).toHaveLength(Math.min(60, ids.length));
  });
});
