import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { PrometheusMeasures } from '../../src/adapters/prometheus/prometheus-measures.ts';
import type { Composition } from '../../src/compose/compose.ts';
import { compose } from '../../src/compose/compose.ts';
import { synchronize } from '../../src/compose/engine.ts';
import type { Observer } from '../../src/compose/observer.ts';
import { trailOf } from '../../src/compose/trail.ts';
import { startWeb } from '../../src/compose/web.ts';
import type { RunningServer } from '../../src/web/server.ts';
import { readConfiguration } from '../../src/configuration/read-configuration.ts';
import { addAccount } from '../../src/use-cases/administration/accounts.ts';
import { addSite } from '../../src/use-cases/administration/manage-sites.ts';
import { publish } from '../../src/use-cases/administration/publish.ts';
import { subscribe } from '../../src/use-cases/administration/subscribe.ts';
import { putObject } from '../../src/use-cases/objects/write-object.ts';
import type { Actor } from '../../src/use-cases/site-context.ts';

const manager: Actor = { name: 'the test', roles: ['Manager'] };

/** What was told. */
export interface Line {
  readonly level: string;
  readonly text: string;
  readonly sync: string | undefined;
  readonly details: Readonly<Record<string, unknown>>;
}

/** An installation of its own, and the lines it tells. */
export interface Place {
  readonly composition: Composition;
  readonly lines: Line[];
  readonly exposition: () => Promise<string>;
}

async function open(site: string): Promise<Place> {
  const data = mkdtempSync(join(tmpdir(), 'concord-sync-id-'));
  onTestFinished(() => {
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
  onTestFinished(async () => composition[Symbol.asyncDispose]());
  await addSite(composition.installation, { id: site, title: site });
  return { composition, lines, exposition: observer.exposition };
}

/** As `pair`; the hub's server can be stopped, and started anew at the same port when what is given has been done. */
export async function restartable(): Promise<Awaited<ReturnType<typeof pair>> & Restartable> {
  const places = await pair();
  const { composition } = places.hub;
  return {
    ...places,
    restart: async (meanwhile) => {
      const { port } = places.server;
      await places.server[Symbol.asyncDispose]();
      await meanwhile();
      const configuration = { ...composition.configuration, server: { ...composition.configuration.server, port } };
      const again = await serve({ ...composition, configuration });
      onTestFinished(async () => again[Symbol.asyncDispose]());
    },
  };
}

interface Restartable {
  readonly restart: (meanwhile: () => Promise<void>) => Promise<void>;
}

function serve(composition: Composition): Promise<RunningServer> {
  return startWeb(composition, { reportFault: () => undefined, whenListening: async () => undefined });
}

/** Two installations: `leaf` has a subscription of what `hub`, a server, publishes. */
export async function pair(
  password = 'secret-enough',
): Promise<{ readonly hub: Place; readonly leaf: Place; readonly server: RunningServer }> {
  const [hub, leaf] = [await open('hub'), await open('leaf')];
  const at = await hub.composition.site('hub');
  await putObject(at, manager, { path: ['people'] });
  await putObject(at, manager, { path: ['people', 'ann'], document: '<object><n>1</n></object>' });
  await publish(at, { id: 'R', path: '/people', actor: manager }, hub.composition.xpath);
  await addAccount(at, manager, { name: 'sync', roles: ['Synchronizer'], password: 'secret-enough' });
  const server = await serve(hub.composition);
  onTestFinished(async () => server[Symbol.asyncDispose]());
  const addresses = { publicationUrl: `http://127.0.0.1:${server.port}/hub`, subscriptionUrl: 'http://leaf/leaf/R' };
  const settings = { id: 'R', path: '/people', user: 'sync', password, ...addresses, actor: manager };
  await subscribe(await leaf.composition.site('leaf'), settings, leaf.composition);
  for (const { lines } of [hub, leaf]) lines.splice(0);
  return { hub, leaf, server };
}

/** Synchronises; what it throws is returned. */
export async function sync({ composition }: Place): Promise<unknown> {
  const context = await composition.site('leaf');
  return synchronize({ context, parts: composition }, { id: 'R', options: {} }, {}).catch((error: unknown) => error);
}
