/**
 * A process of the benchmark of the pages: a small site and a large one of the same kind, served as `concord start` serves them. Says its port, and, asked, how much
 * the processors have worked for it.
 */
import { startWeb } from '../src/compose/web.ts';
import type { Composition } from '../src/compose/compose.ts';
import { compose } from '../src/compose/compose.ts';
import { readConfiguration } from '../src/configuration/read-configuration.ts';
import { topGid } from '../src/objects/gid.ts';
import { parsePath } from '../src/objects/path.ts';
import { addAccount } from '../src/use-cases/administration/accounts.ts';
import { addSite } from '../src/use-cases/administration/manage-sites.ts';
import { publish } from '../src/use-cases/administration/publish.ts';
import { resolvePath } from '../src/use-cases/objects/read-object.ts';
import type { Actor, SiteContext } from '../src/use-cases/site-context.ts';
import type { Conflict } from '../src/synchronization/conflict.ts';
import { newSubscriberState } from '../src/synchronization/subscriber.ts';
import { defaultTerms } from '../src/synchronization/subscription.ts';
import { documentOf, makeRecord } from './documents.ts';
import { loadRecords } from './load-records.ts';
import { processorMs } from './processor-time.ts';

/** How many of each a site has. */
export interface SiteSize {
  readonly objects: number;
  readonly lines: number;
  readonly conflicts: number;
}

const actor: Actor = { name: 'bench', roles: ['Manager'] };
const atOnce = 1_000;
/** So many objects have conflicts. */
const most = 10_000;

const [data = '', ...sizes] = process.argv.slice(2);
const composition = await compose(readConfiguration({}, { data, port: 0 }));
const [small, large] = sizes.map((size) => JSON.parse(size) as SiteSize);
if (small !== undefined) await fill(composition, 'small', small);
if (large !== undefined) await fill(composition, 'large', large);
const server = await startWeb(composition, {
  reportFault: (error) => {
    console.error(error);
  },
  whenListening: async () => {},
});
process.on('message', () => process.send?.(processorMs()));
process.once('disconnect', () => {
  void server[Symbol.asyncDispose]().then(() => composition[Symbol.asyncDispose]());
});
process.send?.(server.port);

async function fill(parts: Composition, site: string, size: SiteSize): Promise<void> {
  await addSite(parts.installation, { id: site, title: '' });
  const context = await parts.site(site);
  await addAccount(context, actor, { name: 'bench', roles: ['Manager'], password: 'a password for the benchmark' });
  await loadRecords(context, { path: '/records', first: 0, count: size.objects });
  const line = {
    kind: 'sync',
    level: 'info',
    subject: 'Records',
    text: 'Synchronised: sent nothing',
    details: {},
  } as const;
  await inBatches(size.lines, (numbers) =>
    context.store.update(async () => ({ batch: { log: numbers.map((at) => ({ ...line, at })) }, result: undefined })),
  );
  const conflicts = await conflictsOf(context, parts);
  await inBatches(size.conflicts, (numbers) =>
    context.store.update(async () => ({ batch: { conflicts: numbers.map(conflicts) }, result: undefined })),
  );
}

async function inBatches(count: number, write: (numbers: readonly number[]) => Promise<unknown>): Promise<void> {
  for (let at = 0; at < count; at += atOnce)
    await write(Array.from({ length: Math.min(atOnce, count - at) }, (_, number) => at + number));
}

/** Conflicts about a field of the objects in turn, with a subscriber that is made for them. */
async function conflictsOf(context: SiteContext, { xpath }: Composition): Promise<(number: number) => Conflict> {
  await publish(context, { id: 'Records', path: '/records', actor }, xpath);
  const subscriber = {
    publication: 'Records',
    url: 'http://localhost/elsewhere/Records',
    account: 'bench',
    tokenHash: '',
  };
  const { peer } = await context.store.addSubscriber({ ...subscriber, terms: defaultTerms, state: newSubscriberState });
  const folder = await resolvePath(context.store, parsePath('/records'));
  const objects = await context.store.children(folder?.gid ?? topGid, { limit: most });
  const edit = { id: 'edit', at: 1, by: 'user' };
  return (number) => ({
    id: `conflict-${String(number)}`,
    peer,
    role: 'publisher',
    gid: objects[number % objects.length]?.gid ?? topGid,
    field: 'id',
    base: documentOf(makeRecord(number)).slice(0, 40),
    publisher: { value: 'here', edit },
    subscriber: { value: 'there', edit },
    state: 'open',
    settledBy: undefined,
    openedAt: number,
  });
}
