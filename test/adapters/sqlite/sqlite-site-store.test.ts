import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openSiteDatabase, SqliteSiteStore } from '../../../src/adapters/sqlite/sqlite-site-store.ts';
import type { SiteStore } from '../../../src/ports/site-store.ts';
import { siteStoreContract } from '../../contract/site-store.contract.ts';
import { logRules } from '../../contract/store-log-rules.ts';
import { type StoreFixture, tryRule } from '../../contract/store-rule.ts';
import { commit, write } from '../../contract/site-data.ts';
import { openFixture, surroundings, temporaryFolder } from './sqlite-fixture.ts';

siteStoreContract('SQLite in a file', async () => openFixture('file'));
siteStoreContract('SQLite in memory', async () => openFixture('memory'), ['openAnother']);

/** A store that says too early where the log ends, as one would that moves its head before it has written the entries. */
function withEarlyHead(store: SiteStore): SiteStore {
  let early = 0;
  const broken: Partial<SiteStore> = {
    head: async () => {
      const head = await store.head();
      return { ...head, seq: head.seq + early };
    },
    update: async (decide) => {
      early = 1;
      await Promise.resolve();
      try {
        return await store.update(decide);
      } finally {
        early = 0;
      }
    },
  };
  return replaced(store, broken);
}

/** A store that writes one part of a batch after the other. */
function withoutAtomicity(store: SiteStore): SiteStore {
  return replaced(store, {
    update: async (decide) => {
      const { batch, result } = await decide(await store.head());
      const { subscribers, ...rest } = batch;
      await store.update(async () => ({ batch: rest, result: undefined }));
      await store.update(async () => ({ batch: subscribers === undefined ? {} : { subscribers }, result: undefined }));
      return result;
    },
  });
}

function replaced(store: SiteStore, methods: Partial<SiteStore>): SiteStore {
  return new Proxy(store, {
    get: (target, name) => {
      const method: unknown = Reflect.get(methods, name) ?? Reflect.get(target, name);
      return typeof method === 'function' ? (method.bind(target) as unknown) : method;
    },
  });
}

async function breakFixture(breaking: (store: SiteStore) => SiteStore): Promise<StoreFixture> {
  const fixture = await openFixture('memory');
  return { ...fixture, store: breaking(fixture.store) };
}

function rule(says: string): (typeof logRules)[number] {
  const found = logRules.find((one) => one.says === says);
  expect(found).toBeDefined();
  return found ?? { says, check: async () => undefined };
}

describe('the contract of the site store', () => {
  it('finds out an adapter that moves the head before the entries are there', async () => {
    const gap = rule('never shows a head whose entries cannot be read yet');
    await expect(tryRule(gap, async () => breakFixture(withEarlyHead))).rejects.toThrow('to deeply equal []');
  });

  it('finds out an adapter that writes a batch in parts', async () => {
    const whole = rule('writes all of a batch or nothing of it');
    await expect(tryRule(whole, async () => breakFixture(withoutAtomicity))).rejects.toThrow('to deeply equal');
  });
});

describe('a site that another process has locked', () => {
  it('is refused to a writer with CON-D001 after the busy timeout, and read meanwhile', async () => {
    const folder = temporaryFolder();
    const file = join(folder.path, 'site.sqlite');
    const other = openSiteDatabase(file);
    const store = new SqliteSiteStore(openSiteDatabase(file, { busyTimeoutMs: 10 }), 'cps', surroundings);
    other.execute('BEGIN IMMEDIATE');
    await expect(commit(store, write('a'))).rejects.toMatchObject({ code: 'CON-D001', retry: 'later' });
    expect(await store.head()).toMatchObject({ seq: 0 });
    other.execute('ROLLBACK');
    await commit(store, write('a'));
    expect(await store.head()).toMatchObject({ seq: 1 });
    await store[Symbol.asyncDispose]();
    other.close();
    folder.remove();
  });
});
