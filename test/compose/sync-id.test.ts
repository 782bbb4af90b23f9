import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { PrometheusMeasures } from '../../src/adapters/prometheus/prometheus-measures.ts';
import type { Composition } from '../../src/compose/compose.ts';
import { compose } from '../../src/compose/compose.ts';
import { synchronize } from '../../src/compose/engine.ts';
import type { Observer } from '../../src/compose/observer.ts';
import { trailOf } from '../../src/compose/trail.ts';
import { startWeb } from '../../src/compose/web.ts';
import { readConfiguration } from '../../src/configuration/read-configuration.ts';
import { addAccount } from '../../src/use-cases/administration/accounts.ts';
import { addSite } from '../../src/use-cases/administration/manage-sites.ts';
import { publish } from '../../src/use-cases/administration/publish.ts';
import { subscribe } from '../../src/use-cases/administration/subscribe.ts';
import { putObject } from '../../src/use-cases/objects/write-object.ts';
import type { Actor } from '../../src/use-cases/site-context.ts';

const manager: Actor = { name: 'the test', roles: ['Manager'] };
const toClose: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const close of toClose.splice(0).reverse()) await close();
});

interface Line {
  readonly level: string;
  readonly text: string;
  readonly sync: string | undefined;
  readonly details: Readonly<Record<string, unknown>>;
}

/** An installation of its own, and the lines it tells. */
interface Place {
  readonly composition: Composition;
  readonly lines: Line[];
  readonly exposition: () => Promise<string>;
}

async function open(site: string): Promise<Place> {
  const data = mkdtempSync(join(tmpdir(), 'concord-sync-id-'));
  toClose.push(() => {
    rmSync(data, { recursive: true, force: true });
  });
  const lines: Line[] = [];
  const measures = new PrometheusMeasures();
  const observer: Observer = {
    measures,
    exposition: () => measures.exposition(),
    log: {
      fault: (error) => lines.push({ level: 'error', text: String(error), sync: trailOf(error).sync, details: {} }),
      tell: (level, text, { trail = {}, details = {} }) => lines.push({ level, text, sync: trail.sync, details }),
    },
  };
  const composition = await compose(readConfiguration({}, { data, port: 0 }), 'server', { observer });
  toClose.push(async () => composition[Symbol.asyncDispose]());
  await addSite(composition.installation, { id: site, title: site });
  return { composition, lines, exposition: observer.exposition };
}

async function pair(password = 'secret-enough'): Promise<{ readonly hub: Place; readonly leaf: Place }> {
  const [hub, leaf] = [await open('hub'), await open('leaf')];
  const at = await hub.composition.site('hub');
  await putObject(at, manager, { path: ['people'] });
  await putObject(at, manager, { path: ['people', 'ann'], document: '<object><n>1</n></object>' });
  await publish(at, { id: 'R', path: '/people', actor: manager }, hub.composition.xpath);
  await addAccount(at, manager, { name: 'sync', roles: ['Synchronizer'], password: 'secret-enough' });
  const server = await startWeb(hub.composition, {
    reportFault: () => undefined,
    whenListening: async () => undefined,
  });
  toClose.push(async () => server[Symbol.asyncDispose]());
  const addresses = { publicationUrl: `http://127.0.0.1:${server.port}/hub`, subscriptionUrl: 'http://leaf/leaf/R' };
  const settings = { id: 'R', path: '/people', user: 'sync', password, ...addresses, actor: manager };
  await subscribe(await leaf.composition.site('leaf'), settings, leaf.composition);
  for (const { lines } of [hub, leaf]) lines.splice(0);
  return { hub, leaf };
}

async function sync({ composition }: Place): Promise<unknown> {
  const context = await composition.site('leaf');
  return synchronize({ context, parts: composition }, { id: 'R', options: {} }, {}).catch((error: unknown) => error);
}

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
