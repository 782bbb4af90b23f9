import { MongoConnection } from '../../../src/adapters/mongodb/mongo-connection.ts';
import { MongoInstallation } from '../../../src/adapters/mongodb/mongo-installation.ts';
import { expect, it } from 'vitest';
import type { Installation } from '../../../src/ports/installation.ts';
import { accountStoreContract } from '../../contract/account-store.contract.ts';
import { activityQueueContract } from '../../contract/activity-queue.contract.ts';
import { installationContract } from '../../contract/installation.contract.ts';
import { sessionStoreContract } from '../../contract/session-store.contract.ts';
import { countingIdentifiers } from '../../contract/site-data.ts';
import { stillClock } from './mongodb-fixture.ts';
import { describeWithMongoDb } from './mongodb-server.ts';

let processes = 0;

async function open(url: string): Promise<MongoInstallation> {
  const identifiers = countingIdentifiers(`i${String(processes++)}`);
  return MongoInstallation.open(await MongoConnection.open({ url }), { identifiers, clock: stillClock });
}

describeWithMongoDb('MongoDB', (freshUrl) => {
  installationContract('MongoDB', async () => {
    const url = freshUrl();
    const all: Installation[] = [];
    const openAnother = async (): Promise<Installation> => {
      const one = await open(url);
      all.push(one);
      return one;
    };
    const close = async (): Promise<void> => {
      for (const one of all) await one[Symbol.asyncDispose]();
    };
    return { installation: await openAnother(), openAnother, close };
  });

  accountStoreContract('MongoDB', async () => {
    const installation = await open(freshUrl());
    return { accounts: installation.accounts, close: async () => installation[Symbol.asyncDispose]() };
  });

  sessionStoreContract('MongoDB', async () => {
    const installation = await open(freshUrl());
    return { sessions: installation.sessions, close: async () => installation[Symbol.asyncDispose]() };
  });

  activityQueueContract('MongoDB', async () => {
    const installation = await open(freshUrl());
    await installation.addSite('cps', '');
    const { queue } = await installation.site('cps');
    return { queue, now: stillClock.now(), close: async () => installation[Symbol.asyncDispose]() };
  });

  it('leaves nothing of a site that is removed', async () => {
    const url = freshUrl();
    await using installation = await open(url);
    await installation.addSite('cps', '');
    await installation.removeSite('cps');
    await using connection = await MongoConnection.open({ url });
    expect((await connection.names('')).toSorted()).toEqual(['session', 'setting', 'site']);
  });

  it('ends a removal that was cut off when it is opened again, and leaves the other sites alone', async () => {
    const url = freshUrl();
    {
      const connection = await MongoConnection.open({ url });
      await using installation = await MongoInstallation.open(connection, {
        identifiers: countingIdentifiers('cut'),
        clock: stillClock,
      });
      await installation.addSite('cps', '');
      await installation.addSite('other', '');
      // Killed when the site is off the list.
      Object.defineProperty(connection, 'drop', { value: async () => Promise.reject(new TypeError('killed')) });
      await expect(installation.removeSite('cps')).rejects.toThrow('killed');
    }
    await using connection = await MongoConnection.open({ url });
    await using installation = await open(url);
    expect((await installation.sites()).map(({ id }) => id)).toEqual(['other']);
    const left = (await connection.names('')).filter((name) => name.includes('.'));
    expect(new Set(left.map((name) => name.split('.')[0])).size).toBe(1);
    expect((await connection.rows('setting').find({})).filter(({ _id }) => _id.startsWith('removing '))).toEqual([]);
    await (await installation.site('other')).store.head();
  });
});
