import { hasEdit } from '../../src/objects/edit.ts';
import type { Gid } from '../../src/objects/gid.ts';
import type { Revision } from '../../src/objects/revision.ts';
import { isFollowedBy } from '../../src/synchronization/known-edits.ts';
import type { DiskContents } from './disk.ts';
import type { LedgerEdit } from './ledger.ts';
import { allFieldsOf, isSameText } from './losses.ts';
import { givenUp } from './names.ts';
import type { Random } from './random.ts';
import type { SimulatedSite } from './site.ts';
import type { Link, World } from './world.ts';

/** Somebody makes backups: of one site, or of several. */
export async function backUp(world: World, random: Random): Promise<void> {
  const machines = [...new Set(world.sites.map(({ machine }) => machine))];
  const one = random.pick(machines);
  for (const site of machines) {
    if (site !== one && random.chance(0.4)) continue;
    site.backups.push(await site.disk.image());
    world.trace.note(`${site.label}: backup ${String(site.backups.length)}`);
  }
}

/** A disk is lost, and one of its backups takes its place. */
export async function restore(world: World, random: Random): Promise<void> {
  const saved = world.sites.filter(({ backups }) => backups.length > 0);
  if (saved.length === 0) return;
  const site = random.pick(saved);
  const number = random.below(site.backups.length);
  const backup = site.backups[number];
  if (backup === undefined) return;
  // What objects were called by then is forgotten with the disk, and was so all the same.
  if (world.plan.features.firstMeeting) world.ledger.rename(await givenUp(world));
  const before = await site.contents();
  await site.startAgain(backup);
  const lost = await forgive(world, before);
  const subscribes = world.links.some(({ subscriber }) => subscriber === site);
  const publishes = world.links.some(({ publisher }) => publisher === site);
  const role = subscribes ? (publishes ? 'a hub' : 'a subscriber') : 'the first publisher';
  world.occurrences.count(`restored ${role}`);
  world.trace.note(`${site.label}: restored from backup ${String(number + 1)}, ${String(lost)} edits are lost for all`);
}

/** Somebody copies the directory of a subscriber, and starts both. */
export async function copy(world: World, random: Random): Promise<void> {
  const leaves = world.links.filter(({ subscriber }) => !world.links.some(({ publisher }) => publisher === subscriber));
  const link = random.pick(leaves);
  if (world.copies.some(({ subscriber }) => subscriber.name === link.subscriber.name)) return;
  const copied = await link.subscriber.copied();
  world.copies.push({ publisher: link.publisher, subscriber: copied });
  world.occurrences.count('copied');
  world.trace.note(`${copied.label}: copied`);
}

/** Two installations use one identity, and that was noticed: the one that was stopped is given up, and what only it had is lost with it. */
export async function giveUp(world: World, stopped: SimulatedSite): Promise<void> {
  world.occurrences.count('a copy was noticed');
  const at = world.copies.findIndex(({ subscriber }) => subscriber.name === stopped.name);
  const [copied] = world.copies.splice(at, 1);
  if (copied === undefined) return;
  if (copied.subscriber !== stopped) replace(world, stopped, copied);
  const lost = await forgive(world, await stopped.contents());
  world.trace.note(`${stopped.label}: one of two was stopped, ${String(lost)} edits are lost for all`);
}

/** Copies that were never noticed, because they never met the publisher after the other had. */
export async function giveUpCopies(world: World): Promise<void> {
  for (const { subscriber } of world.copies.splice(0)) {
    const lost = await forgive(world, await subscriber.contents());
    world.trace.note(`${subscriber.label}: the copy is given up, ${String(lost)} edits are lost for all`);
  }
}

function replace(world: World, stopped: SimulatedSite, { publisher, subscriber }: Link): void {
  world.sites.splice(world.sites.indexOf(stopped), 1, subscriber);
  const at = world.links.findIndex((link) => link.subscriber === stopped);
  world.links.splice(at, 1, { publisher, subscriber });
}

/** What was on this disk alone is lost. */
async function forgive(world: World, disk: DiskContents): Promise<number> {
  const sites = [...world.sites, ...world.copies.map(({ subscriber }) => subscriber)];
  const disks = await Promise.all(sites.map(async (site) => ({ contents: await site.contents(), root: site.root })));
  const ids = new Set(idsOn(disk));
  // Garbage collection may have taken what a later edit of the same log came over.
  const hasHad = ({ gid, id }: LedgerEdit): boolean =>
    ids.has(id) || disk.histories.get(gid)?.some(({ edits }) => isFollowedBy({ id }, edits.main)) === true;
  return world.ledger.excuse((edit) => hasHad(edit) && !disks.some(({ contents, root }) => isOn(edit, contents, root)));
}

/** By its value too: two installations with one identity call their edits the same. */
function isOn({ gid, id, field, value }: LedgerEdit, { histories, conflicts }: DiskContents, root: Gid): boolean {
  const hasValue = (revision: Revision): boolean =>
    allFieldsOf(revision, root).some((fields) => isSameText(fields[field], value));
  const isIt = (revision: Revision): boolean =>
    hasEdit(revision.edits, id) && (field === 'existence' ? revision.state !== 'present' : hasValue(revision));
  if (histories.get(gid)?.some(isIt) === true) return true;
  return [...conflicts.values()].some(
    (conflict) =>
      conflict.gid === gid &&
      (field === 'existence') === (conflict.field === 'existence') &&
      [conflict.publisher, conflict.subscriber].some(
        (side) => side.edit.id === id && (side.value ?? '').includes(value ?? ''),
      ),
  );
}

function* idsOn({ histories, conflicts }: DiskContents): Generator<string> {
  for (const revisions of histories.values()) {
    for (const { edits } of revisions) {
      yield edits.main.id;
      for (const { id } of edits.others) yield id;
    }
  }
  for (const { publisher, subscriber } of conflicts.values()) {
    yield publisher.edit.id;
    yield subscriber.edit.id;
  }
}

/** Whether an edit is in the history of an object at one of the sites, under whichever gid it was known when the edit was made. */
export async function isInHistory(
  world: World,
  nowCalled: (gid: Gid) => Gid,
): Promise<(gid: Gid, id: string) => boolean> {
  const contents = await Promise.all(world.sites.map(async (site) => site.contents()));
  const histories = contents.flatMap((one) => [...one.histories]);
  return (gid, id) =>
    histories.some(([name, revisions]) => nowCalled(name) === gid && revisions.some(({ edits }) => hasEdit(edits, id)));
}
