import { synchronize } from '../src/compose/engine.ts';
import type { Composition } from '../src/compose/compose.ts';
import { exportKey, importKey, makeKey, trustKey } from '../src/use-cases/administration/keys.ts';
import type { Actor, SiteContext } from '../src/use-cases/site-context.ts';
import type { Changed, SyncMeasured } from './site-messages.ts';

const actor: Actor = { name: 'bench', roles: ['Manager'] };
const lookMs = 2;
const longestMs = 5 * 60_000;

/** Makes a key, and gives its public part. */
export async function makeOwnKey(context: SiteContext, keyName: string): Promise<string> {
  await makeKey(context, actor, { name: keyName });
  return exportKey(context, keyName);
}

/** Says that a key is that of the other side. */
export async function trustKeyOf(
  context: SiteContext,
  key: { readonly text: string; readonly isOfPublisher: boolean; readonly id: string; readonly account: string },
): Promise<undefined> {
  const { fingerprint } = await importKey(context, actor, { text: key.text });
  const owner = key.isOfPublisher ? (`subscription:${key.id}` as const) : (`account:${key.account}` as const);
  await trustKey(context, actor, { name: fingerprint, owner });
  return undefined;
}

/** Hands over the first mail, and looks again and again whether the sync has ended. */
export async function syncByMail(
  composition: Composition,
  { site, id }: { readonly site: string; readonly id: string },
): Promise<SyncMeasured> {
  const context = await composition.site(site);
  const before = (await context.store.subscription(id))?.state.lastSyncAt;
  const begin = performance.now();
  await synchronize({ context, parts: composition }, { id, options: {} }, {});
  await until(async () => {
    const state = (await context.store.subscription(id))?.state;
    if (state?.waiting?.for === 'retry') throw new Error(state.waiting.message);
    return state?.session === undefined && state?.lastSyncAt !== before;
  });
  return { ms: performance.now() - begin, sent: 0, received: 0, conflicts: 0 };
}

/** Waits until something was written. */
export async function changeAfter({ store }: SiteContext, after: number): Promise<Changed> {
  await until(async () => (await store.head()).seq > after);
  return { head: (await store.head()).seq, at: performance.timeOrigin + performance.now() };
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const begin = performance.now();
  while (!(await isSo())) {
    if (performance.now() - begin > longestMs) throw new Error('it did not become so');
    await new Promise((resolve) => setTimeout(resolve, lookMs));
  }
}
