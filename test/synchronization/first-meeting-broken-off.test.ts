import { describe, expect, it } from 'vitest';
import { TransportError } from '../../src/errors/concord-error.ts';
import { HandClock } from '../support/memory-site.ts';
import { card, sync, TestSite, Wire } from '../support/synced-sites.ts';

const at = '/portal_repository';

describe('a first meeting that is broken off', () => {
  it('keeps what both had for the base of what is edited then', async () => {
    for (let broken = 2; broken <= 6; broken += 1) {
      const clock = new HandClock();
      const [publisher, subscriber] = [new TestSite('cps', clock), new TestSite('cps_client', clock)];
      await publisher.addAccount('sync', 'a:b');
      for (const site of [publisher, subscriber])
        for (const id of ['a', 'b']) await site.put(`${at}/${id}`, card(id, '1'));
      await publisher.publish('Repository', at);
      await subscriber.subscribe('Repository', publisher, at);
      const wire = new Wire(publisher, subscriber);
      wire.fault = (_where, count) => {
        if (count === broken) throw new TransportError('CON-T001', 'lost', { retry: 'later' });
      };
      await sync(subscriber, 'Repository', wire).catch(() => undefined);
      await subscriber.put(`${at}/a`, card('a', '2'));
      for (let round = 0; round < 3; round += 1) await sync(subscriber, 'Repository', new Wire(publisher, subscriber));
      expect(await publisher.get(`${at}/a`), `broken off at message ${String(broken)}`).toBe(card('a', '2'));
      expect(await publisher.context.store.countConflicts()).toBe(0);
      expect(await subscriber.tree(at)).toEqual(await publisher.tree(at));
    }
  });

  it('tells of the deletion of what has got its gid from the publisher in it', async () => {
    for (const [broken, others] of [2, 3, 4, 5, 6].flatMap((count) => [
      [count, []] as const,
      [count, ['/b']] as const,
    ])) {
      const clock = new HandClock();
      const [publisher, subscriber] = [new TestSite('cps', clock), new TestSite('cps_client', clock)];
      await publisher.addAccount('sync', 'a:b');
      const there = await publisher.put(`${at}/a`, card('a', '1'));
      for (const path of ['/a', ...others]) await subscriber.put(`${at}${path}`, card(path.slice(1), '1'));
      await publisher.publish('Repository', at);
      await subscriber.subscribe('Repository', publisher, at);
      const wire = new Wire(publisher, subscriber);
      wire.fault = (_where, count) => {
        if (count === broken) throw new TransportError('CON-T001', 'lost', { retry: 'later' });
      };
      await sync(subscriber, 'Repository', wire).catch(() => undefined);
      const hasMet = (await subscriber.context.store.current([there.gid])).has(there.gid);
      await subscriber.remove(`${at}/a`);
      for (const restart of [true, false, false])
        await sync(subscriber, 'Repository', new Wire(publisher, subscriber), { restart });
      // What was deleted before anything was agreed on comes back (ADR 0010).
      const remaining = hasMet ? others : ['/a', ...others];
      expect(Object.keys(await publisher.tree(at)), `broken off at message ${String(broken)}`).toEqual(remaining);
      expect(await subscriber.tree(at)).toEqual(await publisher.tree(at));
      expect(await publisher.context.store.countConflicts()).toBe(0);
    }
  });

  it('takes what a leaf brings later for another one than what was deleted under the gid that it has given', async () => {
    const clock = new HandClock();
    const [top, hub, leaf] = [new TestSite('top', clock), new TestSite('hub', clock), new TestSite('leaf', clock)];
    for (const site of [top, hub, leaf]) {
      await site.addAccount('sync', 'a:b');
      await site.put(`${at}/a`, card('a', '1'));
    }
    const { gid } = await top.put(`${at}/a`, card('a', '1'));
    await leaf.put(`${at}/a/below`, card('below', '1'));
    await top.publish('Repository', at);
    await hub.subscribe('Repository', top, at);
    await hub.publish('Repository', at);
    await leaf.subscribe('Repository', hub, at);
    const broken = new Wire(top, hub, leaf);
    broken.fault = (_where, count) => {
      if (count === 3) throw new TransportError('CON-T001', 'lost', { retry: 'later' });
    };
    await expect(sync(hub, 'Repository', broken)).rejects.toThrow('lost');
    await hub.remove(`${at}/a`);
    const wire = new Wire(top, hub, leaf);
    for (const site of [leaf, hub, leaf, hub, leaf]) await sync(site, 'Repository', wire, { restart: true });
    for (const site of [top, hub, leaf]) {
      expect((await site.context.store.current([gid])).get(gid)?.state, site.context.site).not.toBe('present');
      expect(Object.keys(await site.tree(at))).toEqual(['/a', '/a/below']);
      expect(await site.tree(at)).toEqual(await top.tree(at));
      expect(await site.context.store.countConflicts()).toBe(0);
    }
  });

  it('takes nothing that came later for what was deleted meanwhile under the gid that it has given', async () => {
    const clock = new HandClock();
    const [publisher, first] = [new TestSite('cps', clock), new TestSite('first', clock)];
    const [second, third] = [new TestSite('second', clock), new TestSite('third', clock)];
    await publisher.addAccount('sync', 'a:b');
    await publisher.put(`${at}/b`, card('b', '1'));
    await publisher.publish('Repository', at);
    const { gid } = await first.put(`${at}/a`, card('a', '1'));
    for (const site of [second, third]) await site.put(`${at}/a`, card('a', '1'));
    for (const site of [first, second, third]) await site.subscribe('Repository', publisher, at);
    await sync(first, 'Repository', new Wire(publisher, first));
    const wire = new Wire(publisher, second);
    wire.fault = (_where, count) => {
      if (count === 3) throw new TransportError('CON-T001', 'lost', { retry: 'later' });
    };
    await expect(sync(second, 'Repository', wire)).rejects.toThrow('lost');
    expect((await second.context.store.current([gid])).get(gid)?.state).toBe('present');
    await first.remove(`${at}/a`);
    for (const site of [first, third, second, second, first, third])
      await sync(site, 'Repository', new Wire(publisher, site), { restart: true });
    for (const site of [publisher, first, second]) {
      expect((await site.context.store.current([gid])).get(gid)?.state, site.context.site).toBe('deleted');
      expect(await site.tree(at)).toEqual(await third.tree(at));
    }
    expect(Object.keys(await third.tree(at))).toEqual(['/a', '/b']);
    expect(await publisher.context.store.countConflicts()).toBe(0);
  });

  it('gives up what the publisher has taken in and deleted meanwhile', async () => {
    for (let broken = 1; broken <= 8; broken += 1) {
      const clock = new HandClock();
      const [publisher, subscriber] = [new TestSite('cps', clock), new TestSite('cps_client', clock)];
      await publisher.addAccount('sync', 'a:b');
      await publisher.put(`${at}/gone`, card('Gone', '1'));
      await publisher.remove(`${at}/gone`);
      await subscriber.put(`${at}/own`, card('Own', '1'));
      await publisher.publish('Repository', at);
      await subscriber.subscribe('Repository', publisher, at);
      const wire = new Wire(publisher, subscriber);
      wire.fault = (where, count) => {
        if (where === 'answer' && count === broken) throw new TransportError('CON-T001', 'lost', { retry: 'later' });
      };
      await sync(subscriber, 'Repository', wire).catch(() => undefined);
      const hasArrived = (await publisher.get(`${at}/own`)) !== undefined;
      if (hasArrived) await publisher.remove(`${at}/own`);
      const plain = new Wire(publisher, subscriber);
      for (const restart of [true, false, false]) await sync(subscriber, 'Repository', plain, { restart });
      expect(await subscriber.tree(at), `answer ${String(broken)} lost`).toEqual(await publisher.tree(at));
      expect(Object.keys(await publisher.tree(at))).toEqual(hasArrived ? [] : ['/own']);
    }
  });

  it('does not forget a deletion that was sent in vain', async () => {
    const clock = new HandClock();
    const [publisher, subscriber] = [new TestSite('cps', clock), new TestSite('cps_client', clock)];
    await publisher.addAccount('sync', 'a:b');
    await publisher.put(`${at}/a`, card('a', '1'));
    await subscriber.put(`${at}/own`, card('Own', '1'));
    await publisher.publish('Repository', at);
    await subscriber.subscribe('Repository', publisher, at);
    const lost = new TransportError('CON-T001', 'lost', { retry: 'later' });
    const wire = new Wire(publisher, subscriber);
    wire.fault = (where) => {
      if (where === 'answer' && wire.exchanges.at(-1)?.request.includes('>Own<') === true) throw lost;
    };
    await expect(sync(subscriber, 'Repository', wire)).rejects.toBe(lost);
    expect(await publisher.get(`${at}/own`)).toBe(card('Own', '1'));
    await subscriber.remove(`${at}/own`);
    wire.fault = (where) => {
      if (where === 'request') throw lost;
    };
    await expect(sync(subscriber, 'Repository', wire, { restart: true })).rejects.toBe(lost);
    const plain = new Wire(publisher, subscriber);
    for (const restart of [true, false]) await sync(subscriber, 'Repository', plain, { restart });
    expect(Object.keys(await publisher.tree(at))).toEqual(['/a']);
    expect(await subscriber.tree(at)).toEqual(await publisher.tree(at));
  });
});
