import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { SqliteInstallation } from '../../../src/adapters/sqlite/sqlite-installation.ts';
import { SqliteStoreCopy } from '../../../src/adapters/sqlite/sqlite-store-copy.ts';
import { RandomIdentifiers } from '../../../src/adapters/system/random-identifiers.ts';
import { filesTarget, moveStore } from '../../../src/compose/move.ts';
import { compose } from '../../../src/compose/compose.ts';
import { readConfiguration } from '../../../src/configuration/read-configuration.ts';
import { topGid } from '../../../src/objects/gid.ts';
import type { OpenSite } from '../../../src/ports/installation.ts';
import { type CopiedRow, type CopiedValue, installationTables, siteTables } from '../../../src/ports/store-copy.ts';
import { commit, conflict, gid, publication, subscriber, subscription, write } from '../../contract/site-data.ts';
import { stillClock } from './mongodb-fixture.ts';
import { describeWithMongoDb } from './mongodb-server.ts';

const identifiers = new RandomIdentifiers();
const surroundings = { identifiers, clock: stillClock };

const shortAnswer = Buffer.from('<SyncML><SyncHdr/><SyncBody><Final/></SyncBody></SyncML>');

/** Something in every table. */
async function fill({ store, queue, accounts, keyring, parts, carrierNotes }: OpenSite): Promise<void> {
  const collection = await store.openCollection(topGid);
  const member = { [collection]: true };
  await commit(store, write('a', {}, member), write('b', { parent: 'a' }, member), write('c', {}, member));
  await commit(store, write('a', { id: 'moved' }, member), write('c', { state: 'deleted' }, { [collection]: false }));
  await commit(store, write('long', { document: `<x>${'ä\u{1F600}'.repeat(400_000)}</x>` }, member));
  await store.startEpoch();
  await store.savePublication(publication);
  await store.removeSubscriber((await store.addSubscriber({ ...subscriber, url: 'http://gone' })).peer);
  const row = await store.addSubscriber(subscriber);
  // The record of one at rest, and its short answer, are packed in the files.
  const atRest = await store.addSubscriber({ ...subscriber, url: 'http://at-rest' });
  const own = await store.addSubscription(subscription);
  const origin = { peer: row.peer, epoch: 'e', number: 7, isExact: true };
  await store.update(async () => ({
    batch: {
      writes: [write('b', { parent: 'a', document: '<theirs/>', origin, seen: 2 }, member)],
      subscribers: [
        { row, message: Buffer.alloc(9_000_000, 7) },
        { row: atRest, message: shortAnswer },
      ],
      subscriptions: [{ row: own }],
      exceptions: [{ peer: own.peer, gid: gid('b'), exception: { reason: 'wanted', holds: { kind: 'nothing' } } }],
      conflicts: [conflict('one', row.peer), conflict('two', row.peer, { state: 'settled' })],
      pieces: [{ peer: row.peer, from: 0, texts: ['', 'x'.repeat(300_000)] }],
      aliases: [{ given: gid('old'), kept: gid('a') }],
      activities: [{ work: { name: 'collect-garbage' }, tag: 't' }],
      log: [{ at: 1, kind: 'sync', level: 'info', subject: 's', text: 't', details: { n: 1, span: { z: 1, a: 2 } } }],
    },
    result: undefined,
  }));
  await store.record({ at: 2, kind: 'access', level: 'error', subject: 'eve', text: 'u', details: {} });
  const failed = await queue.add({ work: { name: 'collect-garbage' }, afterTag: 'x' });
  await queue.restart(failed);
  await queue.claim({ node: 'n', now: stillClock.now() + 1, leaseMs: 1_000 });
  await store.notes.addSyncEvent({ subscription: 'people', run: 'r', at: 1, kind: 'done', data: { a: [1] } });
  await store.notes.addConflictRule({ id: 'r', field: 'id', keep: 'newer', createdAt: 1, by: 'eve' });
  const token = { id: 't', hash: 'h', account: 'eve', accountOf: 'site', title: '', createdAt: 1 } as const;
  await store.notes.saveToken({ ...token, expiresAt: undefined, lastUsedAt: 3 });
  for (let at = 0; at < 3; at++) await store.notes.countActivity({ hour: 1, work: 'w', outcome: 'done' }, 0);
  const account = {
    name: 'eve',
    roles: ['Member'] as const,
    passwordHash: 'p',
    mustChangePassword: true,
    createdAt: 1,
  };
  await accounts.saveAccount(account);
  const key = { fingerprint: 'f', name: 'k', userIds: [], publicKey: 'p', privateKey: undefined, createdAt: 1 };
  await keyring.saveKey({ ...key, expiresAt: undefined, revokedAt: undefined, owners: ['account:eve'] });
  await parts.addPart('m', { part: 2, octets: Buffer.from('octets') }, 5);
  await carrierNotes.note('mailbox', { lastSentAt: 4, trouble: { at: 1, text: 'full' } });
}

function briefly(value: CopiedValue): CopiedValue {
  if (typeof value === 'number' || value === null || value.length < 1_000) return value;
  return createHash('sha256').update(value).digest('hex');
}

/** All rows of the files, with digests of what is long. */
async function contentOf(data: string, moment: 'before' | 'after'): Promise<unknown> {
  // Connections of this process that were cut off keep the new files from being written ahead of.
  const brief = (rows: readonly CopiedRow[]): unknown =>
    rows.map((row) => Object.entries(row).map(([name, value]) => [name, briefly(value)]));
  await using copy = await (moment === 'before'
    ? SqliteStoreCopy.source(data)
    : SqliteStoreCopy.target(data, () => ''));
  const all: Record<string, unknown> = {};
  for (const table of siteTables) all[table] = brief((await copy.page({ site: 'cps', table }, undefined)).rows);
  for (const table of installationTables)
    all[`all ${table}`] = brief((await copy.page({ site: undefined, table }, undefined)).rows);
  return all;
}

describeWithMongoDb('concord move-store', (freshUrl) => {
  async function using(check: (data: string) => Promise<void>): Promise<void> {
    const data = mkdtempSync(join(tmpdir(), 'concord-move-'));
    try {
      const installation = new SqliteInstallation(data, surroundings);
      await installation.addSite('cps', 'Master');
      await fill(await installation.site('cps'));
      await installation.saveSetting('greeted', 'yes');
      await installation[Symbol.asyncDispose]();
      await check(data);
    } finally {
      rmSync(data, { recursive: true, force: true });
    }
  }

  const configured = (data: string, url?: string) =>
    readConfiguration(url === undefined ? {} : { CONCORD_STORE_URL: url }, { data });

  it('brings everything into the database and back, cut off at each page', async () =>
    using(async (data) => {
      const url = freshUrl();
      const before = await contentOf(data, 'before');
      for (const step of ['to', 'from'] as const) {
        for (let last = 1; ; last++) {
          let pages = 0;
          const onPage = (): void => {
            if (++pages > last * 4) throw new RangeError('cut off');
          };
          const moving =
            step === 'to'
              ? moveStore(configured(data), url, onPage)
              : moveStore(configured(data, url), filesTarget, onPage);
          const moved = await moving.catch((error: unknown) => {
            if (error instanceof RangeError) return undefined;
            throw error;
          });
          if (moved === undefined) continue;
          expect(moved.sites.map(({ id }) => id)).toEqual(['cps']);
          break;
        }
        expect(existsSync(join(data, 'moving.json'))).toBe(false);
        if (step === 'from') continue;
        await using composition = await compose(configured(data, url));
        const { store, queue } = await composition.site('cps');
        expect((await store.children(topGid)).map(({ id }) => id)).toEqual(['long', 'moved']);
        expect((await store.message(2))?.length).toBe(9_000_000);
        const atRest = await store.subscriber('people', 'http://at-rest');
        expect(atRest?.state).toEqual(subscriber.state);
        expect(Buffer.from((await store.message(atRest?.peer ?? 0)) ?? [])).toEqual(shortAnswer);
        expect(await queue.count()).toMatchObject({ runnable: 1, running: 1 });
      }
      const after = await contentOf(data, 'after');
      // What the database remembers of the key of the passwords stays.
      expect(after).toMatchObject({ ...(before as object), 'all setting': expect.anything() as unknown });
    }));

  it('refuses to start without the database that the sites are in, and a database that has sites already', async () =>
    using(async (data) => {
      const url = freshUrl();
      await expect(compose(configured(data, url))).rejects.toMatchObject({ code: 'CON-D010' });
      await moveStore(configured(data), url, () => undefined);
      await expect(compose(configured(data))).rejects.toMatchObject({ code: 'CON-D010' });
      await expect(compose(configured(data, freshUrl()))).rejects.toMatchObject({ code: 'CON-D010' });
      await using(async (other) => {
        await expect(moveStore(configured(other), url, () => undefined)).rejects.toMatchObject({ code: 'CON-R006' });
      });
      const elsewhere = mkdtempSync(join(tmpdir(), 'concord-move-'));
      await expect(compose(configured(elsewhere, url))).rejects.toMatchObject({ code: 'CON-D010' });
      rmSync(elsewhere, { recursive: true });
    }));
});
