import type { Conflict } from '../../src/synchronization/conflict.ts';
import { fieldsOf } from './card.ts';
import type { Ledger } from './ledger.ts';
import type { Link, Node, World } from './world.ts';
import { objectsAt, publication, repository } from './world.ts';

/** What is wrong when nothing moves any more: each line names a promise that was broken. */
export async function faultsAtRest(world: World, ledger: Ledger): Promise<readonly string[]> {
  const faults: string[] = [];
  for (const link of world.links) {
    faults.push(...(await differencesOf(link)), ...(await leftOvers(link)), ...(await listDifferences(link)));
  }
  for (const node of world.nodes) faults.push(...(await unsound(node)));
  const [root] = world.links;
  if (root === undefined) return faults;
  const objects = new Map(
    (await objectsAt(root.publisher)).map(({ version }) => [version.gid, fieldsOf(version, root.publisher.root)]),
  );
  const conflicts: Conflict[] = [];
  for (const { site } of world.nodes) conflicts.push(...(await site.context.store.conflicts({ role: 'publisher' })));
  return [...faults, ...ledger.faults(objects, conflicts)];
}

async function differencesOf({ publisher, subscriber }: Link): Promise<readonly string[]> {
  const above = await publisher.site.tree(repository);
  const below = await subscriber.site.tree(repository);
  const paths = new Set([...Object.keys(above), ...Object.keys(below)]);
  return [...paths]
    .filter((path) => above[path] !== below[path])
    .map(
      (path) =>
        `${path} differs: ${publisher.name} has ${above[path] ?? 'nothing'}, ${subscriber.name} has ${below[path] ?? 'nothing'}`,
    );
}

async function leftOvers({ publisher, subscriber }: Link): Promise<readonly string[]> {
  const faults: string[] = [];
  const above = publisher.site.context.store;
  const below = subscriber.site.context.store;
  const subscription = await below.subscription(publication);
  const row = await above.subscriber(publication, subscription?.subscriptionUrl ?? '');
  for (const [where, store, peer] of [
    [publisher.name, above, row?.peer],
    [subscriber.name, below, subscription?.peer],
  ] as const) {
    const exceptions = await store.exceptions(peer ?? 0);
    for (const [gid, exception] of exceptions)
      faults.push(`${where} still has an exception: ${gid} ${exception.reason}`);
  }
  if (subscription?.state.session !== undefined) faults.push(`${subscriber.name} has an open session`);
  if (row?.state.session !== undefined) faults.push(`${publisher.name} has an open session`);
  return faults;
}

/** A subscriber's list of conflicts is the publisher's of its edits. */
async function listDifferences({ publisher, subscriber }: Link): Promise<readonly string[]> {
  const below = subscriber.site.context.store;
  const subscription = await below.subscription(publication);
  const row = await publisher.site.context.store.subscriber(publication, subscription?.subscriptionUrl ?? '');
  const ours = await publisher.site.context.store.conflicts({ role: 'publisher', peer: row?.peer ?? 0 });
  const theirs = await below.conflicts({ role: 'subscriber', peer: subscription?.peer ?? 0 });
  const lineOf = ({ id, gid, field, state }: Conflict) => `${id} ${gid} ${field} ${state}`;
  const [above, copy] = [ours.map(lineOf).sort(), theirs.map(lineOf).sort()];
  return above.join('\n') === copy.join('\n')
    ? []
    : [`conflicts at ${publisher.name}: ${above.join('; ')} — at ${subscriber.name}: ${copy.join('; ')}`];
}

/** Everything that is there stands below the root, once, under a name of its own. */
async function unsound(node: Node): Promise<readonly string[]> {
  const { store } = node.site.context;
  const objects = await objectsAt(node);
  const faults: string[] = [];
  const paths = new Set<string>();
  for (const { path } of objects) {
    if (paths.has(path)) faults.push(`two objects at ${node.name}${path}`);
    paths.add(path);
  }
  const collection = (await store.collections()).find(({ root }) => root === node.root);
  if (collection === undefined) return faults;
  const head = await store.head();
  const members = await store.countChanges({ collection: collection.number, after: 0, upTo: head.seq }, 'present');
  if (members !== objects.length)
    faults.push(`${node.name} has ${String(members)} objects in the collection, ${String(objects.length)} in the tree`);
  return faults;
}
