import { conduitNamed } from '../../conduits/conduit.ts';
import type { Field } from '../../objects/edit.ts';
import type { Gid } from '../../objects/gid.ts';
import type { Path } from '../../objects/path.ts';
import { formatPath } from '../../objects/path.ts';
import type { PeerNumber, Revision } from '../../objects/revision.ts';
import { presentVersion } from '../../objects/revision.ts';
import type { Version } from '../../objects/version.ts';
import type { Change as StoredChange } from '../../ports/object-reader.ts';
import type { ListedLogLine } from '../../ports/peer-reader.ts';
import type { SiteStore } from '../../ports/site-store.ts';
import type { Exception } from '../../synchronization/exception.ts';
import { standingReasons } from '../../synchronization/exception.ts';
import { changedFields } from '../../synchronization/fields.ts';
import type { CollectionNumber } from '../../synchronization/publication.ts';
import type { KeyRules } from '../../xupdate/keys.ts';
import { pathOf } from '../objects/read-object.ts';
import { contestedObjects } from './contested-objects.ts';
import type { SentLate } from './sent-late.ts';

/** What happened to one field; null: the field was, or is, not there. Long values are cut, and end with an ellipsis then. */
export interface KeptField {
  readonly field: Field;
  readonly before: string | null;
  readonly after: string | null;
}

/** What a sync did to one object. */
export interface KeptChange {
  readonly gid: Gid;
  readonly path: string;
  readonly action: 'create' | 'update' | 'delete';
  readonly fields: readonly KeptField[];
  /** So many fields more. */
  readonly moreFields: number;
  /** Why the two sides hold different things all the same; `conflict`: a field waits for a decision. */
  readonly outcome: 'plain' | 'conflict' | (typeof standingReasons)[number];
}

/** One direction of a sync: how much went, and the first objects of it. */
export interface KeptDirection {
  readonly total: number;
  readonly listed: readonly KeptChange[];
}

/** What a sync did, as the site's log tells it: object by object, field by field, within bounds. */
export interface KeptChanges {
  readonly sent: KeptDirection;
  readonly received: KeptDirection;
}

/**
 * Where the own log holds what a sync did, seen from either side. It is all that is remembered of it: the log says the rest (ADR 0003).
 */
export interface SyncSpan {
  readonly peer: PeerNumber;
  readonly collection: CollectionNumber;
  readonly conduit: string;
  /** How many objects went each way. */
  readonly sent: number;
  readonly received: number;
  /** What was sent stands after `sentAfter` up to `readAt`, but for `late`. */
  readonly sentAfter: number;
  readonly readAt: number;
  /** What was received stands after `receivedAfter` up to `upTo`. */
  readonly receivedAfter: number;
  readonly upTo: number;
  /** Of the peer's log: what came from there is not sent back. */
  readonly peersEpoch: string;
  /** What stands before `sentAfter` and was sent all the same; left out when there is none. */
  readonly late?: readonly SentLate[];
}

/** A span, and the log it is read from. */
interface ReadSpan extends SyncSpan {
  readonly store: SiteStore;
  readonly keys: KeyRules | undefined;
}

const maxObjects = 200;
const maxFields = 20;
/** So far back a revision of the peer is looked for. */
const maxOlder = 20;
const maxValueLength = 300;

/**
 * What the sync did that a line of the log is about; undefined when nothing moved, the line is about something else, or garbage collection has taken what it was.
 * Cost follows what is listed, not what went.
 */
export async function keptChanges(
  store: SiteStore,
  { details }: Pick<ListedLogLine, 'details'>,
): Promise<KeptChanges | undefined> {
  // Holds: `span` of a line is written by recordSync alone.
  const span = details['span'] as SyncSpan | undefined;
  if (span === undefined || (await isCollected(store, span))) return undefined;
  const read = { ...span, store, keys: conduitNamed(span.conduit).keys };
  return {
    sent: { total: span.sent, listed: span.sent === 0 ? [] : await listSent(read) },
    received: { total: span.received, listed: span.received === 0 ? [] : await listReceived(read) },
  };
}

/** What an object was before is told only as long as garbage collection keeps it. */
async function isCollected(store: SiteStore, { sentAfter, receivedAfter }: SyncSpan): Promise<boolean> {
  const [newest] = await store.log({ kinds: ['administration'], subject: 'gc', limit: 1 });
  const oldest = newest?.details['oldest'];
  return typeof oldest === 'number' && Math.min(sentAfter, receivedAfter) < oldest;
}

async function listSent(ended: ReadSpan): Promise<readonly KeptChange[]> {
  const { store, collection, sentAfter: since, readAt: upTo, peer, peersEpoch: epoch } = ended;
  const range = { collection, after: since, upTo, notFrom: { peer, epoch } };
  const found = await store.changes(range, 'all', maxObjects);
  const late = await listLate(ended);
  const changes = [...late.found, ...found].slice(0, maxObjects).map(({ isMember, ...change }) => ({
    ...change,
    after: isMember ? change.revision : undefined,
  }));
  return list(ended, changes, async (change) => {
    const { gid, revision, precededBy } = change;
    const wasHeld = late.wasHeld.get(gid);
    if (wasHeld !== undefined) return wasHeld ? heldBeforeLate(ended, change) : undefined;
    if (precededBy === undefined || precededBy <= since) return standingAt(store, since, change);
    // What came from the peer in between is what it was before for the peer: it came with the sync before, mostly.
    const older = await store.history(gid, { before: revision.seq, limit: maxOlder });
    const known = older.find(({ seq, origin }) => seq <= since || origin?.peer === peer);
    return known ?? store.revisionAt(gid, since);
  });
}

/** What had been kept back, and what is known of it: it stands before the range. */
async function listLate({ store, collection, readAt, late = [] }: ReadSpan): Promise<{
  readonly found: readonly StoredChange[];
  readonly wasHeld: ReadonlyMap<Gid, boolean>;
}> {
  if (late.length === 0) return { found: [], wasHeld: new Map() };
  const gids = late.map(({ gid }) => gid);
  const found = await store.changesAt(collection, gids, readAt);
  return { found: [...found.values()], wasHeld: new Map(late.map(({ gid, wasHeld }) => [gid, wasHeld])) };
}

/** The peer's own version where it made one, else the one before. */
async function heldBeforeLate({ store, peer }: ReadSpan, { gid, revision }: Found): Promise<Revision | undefined> {
  const older = await store.history(gid, { before: revision.seq, limit: maxOlder });
  return older.find(({ origin }) => origin?.peer === peer) ?? older[0];
}

async function listReceived(ended: ReadSpan): Promise<readonly KeptChange[]> {
  const { store, collection, receivedAfter: since, upTo, peer } = ended;
  const found: Found[] = [];
  for (const change of await store.changes({ collection, after: since, upTo }, 'all', maxObjects)) {
    const { gid, revision } = change;
    const after = revision.origin?.peer === peer ? revision : await store.lastFrom(peer, gid);
    if (after !== undefined && after.seq > since && after.seq <= upTo) found.push({ ...change, after });
  }
  return list(ended, found, (one) => standingAt(store, since, one));
}

interface Found extends Pick<StoredChange, 'gid' | 'revision' | 'precededBy'> {
  readonly after: Revision | undefined;
}

/** What is known of all of them together, so that not each of them is asked for by itself. */
interface AboutAll {
  /** Where those are now that are no longer there. */
  readonly elsewhere: ReadonlyMap<Gid, Revision>;
  readonly exceptions: ReadonlyMap<Gid, Exception>;
  /** Those with open conflicts; undefined when there are too many to know. */
  readonly contested: ReadonlySet<Gid> | undefined;
  /** The paths of parents that have been needed. */
  readonly paths: Map<Gid, Path>;
}

/** What an object was before the sync, for the side that took it. */
type Before = (found: Found) => Promise<Revision | undefined>;

async function list(ended: ReadSpan, found: readonly Found[], before: Before): Promise<readonly KeptChange[]> {
  const { store, peer } = ended;
  const gids = found.map(({ gid }) => gid);
  const hasExceptions = (await store.countExceptions(peer)) > 0;
  const about: AboutAll = {
    elsewhere: await store.current(
      found.filter(({ after }) => presentVersion(after) === undefined).map(({ gid }) => gid),
    ),
    exceptions: hasExceptions ? await store.exceptions(peer, { gids }) : new Map<Gid, Exception>(),
    contested: await contestedObjects(store, gids.length),
    paths: new Map(),
  };
  const kept: KeptChange[] = [];
  for (const one of found) kept.push(await keep(ended, one, { before, about }));
  return kept.filter(isChange);
}

async function keep(
  { store, keys }: ReadSpan,
  found: Found,
  { before: beforeOf, about }: { readonly before: Before; readonly about: AboutAll },
): Promise<KeptChange> {
  const { gid, after } = found;
  const before = presentVersion(await beforeOf(found));
  const version = presentVersion(after);
  const changes = changedFields(before, version, keys);
  const fields = changes.slice(0, maxFields).map((change) => ({
    field: change.field,
    before: short(change.before),
    after: short(change.after),
  }));
  const action = version === undefined ? 'delete' : before === undefined ? 'create' : 'update';
  const here = version ?? presentVersion(about.elsewhere.get(gid));
  return {
    gid,
    path: here === undefined ? (before?.id ?? gid) : formatPath([...(await pathOfParent(store, here, about)), here.id]),
    action,
    fields,
    moreFields: changes.length - fields.length,
    outcome: await outcomeOf(store, gid, about),
  };
}

/** The object's revision as of the beginning: mostly there is none, or it is the one before. */
async function standingAt(store: SiteStore, since: number, found: Found): Promise<Revision | undefined> {
  const { gid, revision, precededBy } = found;
  if (revision.seq > since && precededBy === undefined) return undefined;
  return store.revisionAt(gid, since);
}

async function pathOfParent(store: SiteStore, { parent }: Version, { paths }: AboutAll): Promise<Path> {
  const path = paths.get(parent) ?? (await pathOf(store, parent));
  paths.set(parent, path);
  return path;
}

/** What came and went in between is no change. */
function isChange({ fields }: KeptChange): boolean {
  return fields.length > 0;
}

async function outcomeOf(
  store: SiteStore,
  gid: Gid,
  { exceptions, contested }: AboutAll,
): Promise<KeptChange['outcome']> {
  const exception = exceptions.get(gid);
  const reason = exception && standing(exception);
  if (reason !== undefined) return reason;
  if (contested !== undefined) return contested.has(gid) ? 'conflict' : 'plain';
  return (await store.countConflicts({ gid, state: 'open' })) > 0 ? 'conflict' : 'plain';
}

function standing({ reason }: Exception): (typeof standingReasons)[number] | undefined {
  return standingReasons.find((one) => one === reason);
}

function short(value: string | undefined): string | null {
  if (value === undefined) return null;
  return value.length > maxValueLength ? `${value.slice(0, maxValueLength)}…` : value;
}
