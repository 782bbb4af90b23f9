import { describe, expect, it } from 'vitest';
import { trailOf } from '../../src/compose/trail.ts';
import { pair, sync } from './two-installations.ts';

describe('the lines of a sync', () => {
  it('bear one id at both sides, from the first message to the last word', async () => {
    const { hub, leaf } = await pair();
    await sync(leaf);
    for (const { lines } of [hub, leaf]) {
      expect(lines.length).toBeGreaterThan(1);
      expect(lines.map(({ text }) => text)).toContainEqual(expect.stringMatching(/^Synchronised: /));
    }
    const ids = new Set([...hub.lines, ...leaf.lines].map((line) => line.sync));
    expect(ids.size).toBe(1);
    expect([...ids][0]).toMatch(/^.{16,}$/);
  });

  it('bear another id with each sync', async () => {
    const { leaf } = await pair();
    await sync(leaf);
    const [first] = leaf.lines.splice(0);
    await sync(leaf);
    expect(leaf.lines[0]?.sync).not.toBe(first?.sync);
  });

  it('bear it where the publisher refuses, too, and so does the error that goes up', async () => {
    const { hub, leaf } = await pair('a wrong password');
    const error = await sync(leaf);
    expect(error).toMatchObject({ code: 'CON-A004' });
    const refused = leaf.lines.find(({ text }) => text.startsWith('Not synchronised'));
    expect(refused).toMatchObject({ level: 'warn', details: { code: 'CON-A004' } });
    expect(trailOf(error).sync).toBe(refused?.sync);
    expect(hub.lines.some((line) => line.level === 'warn' && line.sync === refused?.sync)).toBe(true);
  });

  it('say nothing of what the objects hold', async () => {
    const { hub, leaf } = await pair();
    await sync(leaf);
    expect(JSON.stringify([...hub.lines, ...leaf.lines])).not.toMatch(/<n>|secret-enough/);
  });
});

describe('the figures of a sync', () => {
  it('count its octets at both sides alike, its end, and the times of the store', async () => {
    const { hub, leaf } = await pair();
    await sync(leaf);
    const [there, here] = [await hub.exposition(), await leaf.exposition()];
    const octets = (text: string, direction: string): string | undefined =>
      new RegExp(`^concord_message_octets_total\\{way="http",direction="${direction}"\\} (\\d+)$`, 'm').exec(text)?.[1];
    expect(octets(here, 'sent')).toBeDefined();
    expect(octets(here, 'sent')).toBe(octets(there, 'received'));
    expect(octets(here, 'received')).toBe(octets(there, 'sent'));
    expect(here).toContain('concord_syncs_total{outcome="done"} 1\n');
    expect(here).toMatch(/^concord_store_seconds_count\{operation="commit"\} [1-9]/m);
    expect(here).toMatch(/^concord_delivery_seconds_count\{way="http",outcome="answered"\} [1-9]/m);
    expect(there).toMatch(/^concord_answer_seconds_count\{outcome="answered"\} [1-9]/m);
  });
});
