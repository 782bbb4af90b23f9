import { beforeEach, describe, expect, it } from 'vitest';
import { CronerCalendar } from '../../../src/adapters/croner/croner-calendar.ts';
import { SqliteInstallation } from '../../../src/adapters/sqlite/sqlite-installation.ts';
import { RandomIdentifiers } from '../../../src/adapters/system/random-identifiers.ts';
import { XmldomXPathEvaluator } from '../../../src/adapters/xpath/xmldom-xpath-evaluator.ts';
import { AuthenticityError } from '../../../src/errors/concord-error.ts';
import { collectGarbage } from '../../../src/use-cases/administration/collect-garbage.ts';
import { examineSite } from '../../../src/use-cases/administration/examine-site.ts';
import { exampleRecords } from '../../../src/use-cases/administration/example-records.ts';
import { setUpExample } from '../../../src/use-cases/administration/example.ts';
import { freeLease } from '../../../src/use-cases/subscriber/free-lease.ts';
import { addSite, ensureAdministrator } from '../../../src/use-cases/administration/manage-sites.ts';
import { siteStatus } from '../../../src/use-cases/administration/status.ts';
import { HandClock } from '../../support/memory-site.ts';
import { card, seedPair, sync, TestSite } from '../../support/synced-sites.ts';

let installation: SqliteInstallation;
beforeEach(() => {
  installation = new SqliteInstallation(':memory:', { clock: new HandClock(), identifiers: new RandomIdentifiers() });
});

describe('ensureAdministrator', () => {
  it('makes the first account once, and tells its password once', async () => {
    const made: string[] = [];
    const first = {
      installation,
      password: 'generated',
      makeManager: async (name: string, password: string) => {
        made.push(`${name} ${password}`);
      },
    };
    expect(await ensureAdministrator(first)).toBe('generated');
    expect(await ensureAdministrator(first)).toBeUndefined();
    expect(made).toEqual(['admin generated']);
  });
});

describe('addSite', () => {
  it('takes the id for the title where none is given', async () => {
    expect(await addSite(installation, { id: 'cps' })).toMatchObject({ id: 'cps', title: 'cps' });
  });

  it.each(['healthz', 'metrics'])('refuses %s, an address of the server itself', async (id) => {
    await expect(addSite(installation, { id })).rejects.toMatchObject({ code: 'CON-R008' });
  });
});

describe('setUpExample', () => {
  it('sets up what the seed describes, and leaves it as it is the second time', async () => {
    const sites = new Map<string, TestSite>();
    const services = {
      installation,
      calendar: new CronerCalendar(),
      xpath: new XmldomXPathEvaluator(),
      address: 'http://localhost:9673',
      site: async (id: string) => {
        const site = sites.get(id) ?? new TestSite(id, new HandClock());
        sites.set(id, site);
        return site.context;
      },
    };
    expect(await setUpExample(services)).toBe(true);
    const master = await siteStatus(await services.site('cps'));
    expect(master.publications).toMatchObject([
      { id: 'Repository', url: 'http://localhost:9673/cps', path: '/portal_repository' },
    ]);
    const client = await siteStatus(await services.site('cps_client'));
    expect(client.subscriptions).toMatchObject([
      {
        id: 'Repository',
        publicationUrl: 'http://localhost:9673/cps',
        subscriptionUrl: 'http://localhost:9673/cps_client/Repository',
        path: '/portal_repository',
        state: 'never',
      },
    ]);
    const head = await (await services.site('cps')).store.head();
    expect(head.seq).toBeGreaterThan(exampleRecords.length);
    expect(await setUpExample(services)).toBe(false);
    expect(await (await services.site('cps')).store.head()).toEqual(head);
    const { store, vault } = await services.site('cps_client');
    const before = await store.subscription('Repository');
    await setUpExample({ ...services, address: 'http://localhost:9700' });
    const moved = await store.subscription('Repository');
    expect(moved).toMatchObject({ publicationUrl: 'http://localhost:9700/cps' });
    expect(vault.open(moved?.password ?? '')).toBe(vault.open(before?.password ?? ''));
  });
});

describe('siteStatus', () => {
  it('tells how publication and subscription stand, without their secrets', async () => {
    const { publisher, subscriber, wire } = await seedPair();
    await sync(subscriber, 'Repository', wire);
    const here = await siteStatus(subscriber.context, 'Repository');
    expect(here.subscriptions).toMatchObject([{ state: 'agreed', isRunning: false, openConflicts: 0, exceptions: 0 }]);
    expect(JSON.stringify(here)).not.toMatch(/sealed|token|password/);
    const there = await siteStatus(publisher.context);
    expect(there.publications).toMatchObject([{ id: 'Repository', subscribers: [{ account: 'sync' }] }]);
  });

  it('refuses an id that nothing has', async () => {
    const { subscriber } = await seedPair();
    await expect(siteStatus(subscriber.context, 'Other')).rejects.toMatchObject({ code: 'CON-R004' });
  });
});

describe('freeLease', () => {
  it('frees a subscription whose holder is gone, and no other', async () => {
    const { subscriber } = await seedPair();
    const { store } = subscriber.context;
    await store.update(async () => {
      const row = await store.subscription('Repository');
      if (row === undefined) return expect.unreachable('the subscription is there');
      const lease = { holder: 'host/1/x', until: subscriber.clock.now() + 100_000 };
      return { batch: { subscriptions: [{ row: { ...row, state: { ...row.state, lease } } }] }, result: undefined };
    });
    await freeLease(subscriber.context, 'Repository', () => true);
    expect((await store.subscription('Repository'))?.state.lease).toBeDefined();
    await freeLease(subscriber.context, 'Repository', (holder) => holder !== 'host/1/x');
    expect((await store.subscription('Repository'))?.state.lease).toBeUndefined();
  });
});

describe('collectGarbage', () => {
  it('keeps what a subscriber may come back to, and removes what is older', async () => {
    const { publisher, subscriber, wire } = await seedPair();
    for (let round = 0; round < 20; round += 1) {
      await publisher.put('/portal_repository/a', card('A', `${round}`));
      await sync(subscriber, 'Repository', wire);
    }
    const { removed } = await collectGarbage(publisher.context);
    expect(removed).toBeGreaterThan(5);
    expect(removed).toBeLessThan(20);
    await collectGarbage(subscriber.context);
    await publisher.put('/portal_repository/a', card('A', 'last'));
    await subscriber.put('/portal_repository/a', card('B', '19'));
    await sync(subscriber, 'Repository', wire);
    expect(await publisher.context.store.countConflicts()).toBe(0);
    expect((await siteStatus(subscriber.context)).subscriptions).toMatchObject([{ state: 'agreed' }]);
  });
});

describe('examineSite', () => {
  it('finds nothing wrong with a site that works, after garbage collection too', async () => {
    const { publisher, subscriber, wire } = await seedPair();
    await sync(subscriber, 'Repository', wire);
    await publisher.put('/portal_repository/first', card('A', '2'));
    await publisher.context.store.startEpoch();
    await publisher.put('/portal_repository/first', card('A', '3'));
    await sync(subscriber, 'Repository', wire);
    for (const { context } of [publisher, subscriber]) {
      expect((await examineSite(context)).filter(({ state }) => state !== 'fine')).toEqual([]);
      await collectGarbage(context);
      expect((await examineSite(context)).filter(({ state }) => state === 'fault')).toEqual([]);
    }
  });

  it('finds a document that was changed behind our back, and an entry of the log', async () => {
    const { publisher } = await seedPair();
    publisher.database.run("UPDATE revision SET document = replace(document, 'First', 'Forst')");
    const [log] = await examineSite(publisher.context);
    expect(log).toMatchObject({ check: 'log', state: 'fault' });
    publisher.database.run("UPDATE revision SET document = replace(document, 'Forst', 'First')");
    publisher.database.run("UPDATE revision SET id = 'other' WHERE seq = 1");
    expect((await examineSite(publisher.context))[0]?.text).toContain('entry 1');
  });

  it('finds a tree that is not as the log has it: what is missing, what stands elsewhere, what is gone', async () => {
    const { publisher } = await seedPair();
    await publisher.put('/portal_repository/gone', card('B', '1'));
    const tree = async () => (await examineSite(publisher.context)).find(({ check }) => check === 'tree');
    expect(await tree()).toMatchObject({ state: 'fine', text: '3 objects, all as the log has them' });
    publisher.database.run("UPDATE object SET seq = seq - 1 WHERE id = 'gone'");
    expect(await tree()).toMatchObject({ state: 'fault' });
    publisher.database.run("UPDATE object SET seq = seq + 1 WHERE id = 'gone'");
    await publisher.put('/portal_repository/gone', card('B', '2'));
    await publisher.remove('/portal_repository/gone');
    publisher.database.run(
      "INSERT INTO object (gid, seq, parent, id) SELECT gid, max(seq), parent, id FROM revision WHERE id = 'gone' AND state = 'present'",
    );
    expect((await tree())?.text).toMatch(/^3 objects, and 2 in the log; 1 are not as it has them/);
    publisher.database.run("DELETE FROM object WHERE id IN ('gone', 'first')");
    expect((await tree())?.text).toMatch(/^1 objects, and 2 in the log\. Restore/);
  });

  it('finds passwords that no longer open', async () => {
    const { subscriber } = await seedPair();
    const open = () => {
      throw new AuthenticityError('CON-A004', 'another key');
    };
    const findings = await examineSite({ ...subscriber.context, vault: { ...subscriber.context.vault, open } });
    expect(findings.find(({ check }) => check === 'secrets')).toMatchObject({ state: 'fault' });
  });
});
