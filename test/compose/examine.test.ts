import { describe, expect, it } from 'vitest';
import { examineProcesses, examinePublishers, repairPlace } from '../../src/compose/examine.ts';
import { examinePeers } from '../../src/use-cases/administration/examine-peers.ts';
import { engineServices } from '../../src/compose/engine.ts';
import type { Transport } from '../../src/ports/transport.ts';
import { examineWork } from '../../src/use-cases/administration/repair-site.ts';
import { pair, sync } from './two-installations.ts';

describe('the publishers of subscriptions', () => {
  it('are found to answer, without anything being changed', async () => {
    const { leaf } = await pair();
    await sync(leaf);
    const context = await leaf.composition.site('leaf');
    const before = await context.store.subscription('R');
    expect(await examinePublishers(leaf.composition, context)).toEqual([
      { check: 'peer', state: 'fine', text: 'the publisher of R answers, and takes its account' },
    ]);
    expect(await context.store.subscription('R')).toEqual(before);
  });

  it('are a fault that says why, when they refuse the account', async () => {
    const { leaf } = await pair('a wrong password');
    const [finding] = await examinePublishers(leaf.composition, await leaf.composition.site('leaf'));
    expect(finding).toMatchObject({ check: 'peer', state: 'fault' });
    expect(finding?.text).toContain('CON-A004');
  });

  it('are told of when their clock is far from ours', async () => {
    const { leaf } = await pair();
    const { composition } = leaf;
    const context = await composition.site('leaf');
    const slow: Transport = {
      schemes: composition.transport.schemes,
      deliver: async (message, signal) => {
        const delivery = await composition.transport.deliver(message, signal);
        return delivery.outcome === 'answered' ? { ...delivery, date: Date.now() - 3_600_000 } : delivery;
      },
    };
    const findings = await examinePeers(context, { services: engineServices(context, composition), transport: slow });
    expect(findings).toMatchObject([{ state: 'fine' }, { check: 'clock', state: 'warning' }]);
    expect(findings[1]?.text).toMatch(/3600 s behind/);
  });
});

describe('what an installation has in common', () => {
  it('has a queue in the store, and says nothing of processes that were never there', async () => {
    const { leaf } = await pair();
    expect(await examineProcesses(leaf.composition)).toEqual([{ check: 'queue', state: 'fine', text: 'in the store' }]);
  });

  it('tells of a clock that was heard of long ago, and of one that is to come', async () => {
    const { leaf } = await pair();
    const { installation } = leaf.composition;
    await installation.saveSetting('beat.clock', String(Date.now() - 3_600_000));
    await installation.saveSetting('beat.worker', String(Date.now() + 3_600_000));
    const findings = await examineProcesses(leaf.composition);
    expect(findings.map(({ check, state }) => [check, state])).toEqual([
      ['queue', 'fine'],
      ['clock', 'warning'],
      ['clock', 'warning'],
    ]);
    expect(findings[2]?.text).toContain('a clock was put back');
  });
});

describe('the work of a site', () => {
  it('tells of a sync whose process is gone', async () => {
    const { leaf } = await pair();
    const context = await leaf.composition.site('leaf');
    const place = await repairPlace(leaf.composition, 'leaf');
    const row = await context.store.subscription('R');
    if (row === undefined) expect.fail('the subscription is there');
    const lease = { holder: 'a-process-that-is-gone', until: Date.now() + 600_000 };
    const held = { ...row, state: { ...row.state, lease } };
    await context.store.update(async () => ({ batch: { subscriptions: [{ row: held }] }, result: undefined }));
    const findings = await examineWork({ ...place, mayBeAlive: () => false });
    expect(findings).toContainEqual(expect.objectContaining({ check: 'subscription', repair: 'free-leases' }));
    expect(await examineWork({ ...place, mayBeAlive: () => true })).toMatchObject([{ check: 'activities' }]);
  });
});
