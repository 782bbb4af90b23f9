import type { Gid } from '../objects/gid.ts';
import type { Digest } from '../xml/digest.ts';
import type { Claim } from './change.ts';
import type { Action, SessionKind } from './subscription.ts';

/** What a side has of an object, without its document. */
export type Listed = Omit<Claim, 'wasAgreed'>;

/** An object of the subscriber, as it stands to what was agreed with the publisher. */
export interface OwnObject {
  readonly gid: Gid;
  /** Undefined: it was deleted here since it was agreed. */
  readonly listed: Listed | undefined;
  /** The digest that both last agreed on; undefined when they never did, or it is not known any more. */
  readonly agreed: Digest | undefined;
  /** Nothing was done to it here since. */
  readonly isUntouched: boolean;
}

/** What the publisher has, and what it once had. */
export interface PublishersList {
  readonly present: ReadonlyMap<Gid, Listed>;
  readonly deleted: ReadonlySet<Gid>;
  /** Its log has only grown since the two last agreed. */
  readonly hasOnlyGrown: boolean;
}

/** What a comparison would do with one object. `both`: both sides changed it, so that it is merged, and what clashes waits for a decision. */
export interface ListedDifference {
  readonly gid: Gid;
  readonly direction: 'send' | 'receive';
  readonly action: Action;
  readonly outcome: 'plain' | 'both';
}

/** What comparing everything with everything would do, told from the lists of both sides alone; the subscriber's objects first. Equal objects are not in it. */
export function compareLists(
  kind: Exclude<SessionKind, 'changes'>,
  own: readonly OwnObject[],
  theirs: PublishersList,
): readonly ListedDifference[] {
  const differences: ListedDifference[] = [];
  const twinOf = twinFinder(own, theirs);
  const handled = new Set<Gid>();
  for (const object of own) {
    const twin = theirs.present.has(object.gid) ? undefined : twinOf(object);
    const there = theirs.present.get(twin ?? object.gid);
    if (there !== undefined) handled.add(twin ?? object.gid);
    if (isEqual(object.listed, there, twin !== undefined)) continue;
    differences.push({ gid: object.gid, ...judges[kind](object, { ...theirs, there }) });
  }
  for (const gid of theirs.present.keys()) {
    if (!handled.has(gid)) differences.push({ gid, outcome: 'plain', ...onlyThere[kind] });
  }
  return differences;
}

interface Other extends PublishersList {
  readonly there: Listed | undefined;
}

type Judgement = Omit<ListedDifference, 'gid'>;

const onlyThere = {
  comparison: { direction: 'receive', action: 'create' },
  'refresh-from-publisher': { direction: 'receive', action: 'create' },
  'refresh-from-subscriber': { direction: 'send', action: 'delete' },
} as const;

const judges: Readonly<Record<Exclude<SessionKind, 'changes'>, (object: OwnObject, other: Other) => Judgement>> = {
  comparison: compareOne,
  'refresh-from-publisher': ({ listed }, { there }) => ({
    direction: 'receive',
    action: there === undefined ? 'delete' : listed === undefined ? 'create' : 'update',
    outcome: 'plain',
  }),
  'refresh-from-subscriber': ({ listed }, { there }) => ({
    direction: 'send',
    action: listed === undefined ? 'delete' : there === undefined ? 'create' : 'update',
    outcome: 'plain',
  }),
};

function compareOne({ gid, listed, agreed, isUntouched }: OwnObject, other: Other): Judgement {
  const { there, deleted, hasOnlyGrown } = other;
  const outcome = there !== undefined && there.result === agreed ? 'plain' : 'both';
  if (listed === undefined) return { direction: 'send', action: 'delete', outcome };
  if (there === undefined && !deleted.has(gid)) return { direction: 'send', action: 'create', outcome: 'plain' };
  if (there === undefined && isUntouched) return { direction: 'receive', action: 'delete', outcome: 'plain' };
  if (there === undefined) return { direction: 'send', action: 'create', outcome: 'both' };
  return isUntouched && hasOnlyGrown
    ? { direction: 'receive', action: 'update', outcome: 'plain' }
    : { direction: 'send', action: 'update', outcome };
}

/** The place of an object that is known under two gids is the publisher's, so that the documents decide. */
function isEqual(listed: Listed | undefined, there: Listed | undefined, isTwin: boolean): boolean {
  if (listed === undefined || there === undefined) return listed === there;
  return isTwin
    ? listed.documentDigest === there.documentDigest && listed.type === there.type
    : listed.result === there.result || listed.result === there.equivalent;
}

/** Finds what the publisher has under another gid (engine.md §1, first meeting). Remembers what it found, because what stands below is looked for there. */
function twinFinder(own: readonly OwnObject[], { present }: PublishersList): (object: OwnObject) => Gid | undefined {
  const known = new Set(own.map(({ gid }) => gid));
  const places = new Map<string, Gid>();
  const keys = new Map<string, Gid | undefined>();
  for (const [gid, { parent, id, key }] of present) {
    if (known.has(gid)) continue;
    places.set(`${parent}\n${id}`, gid);
    if (key === undefined) continue;
    // Where the id is the key, it is one within its folder; a key that several have tells nothing.
    const name = key === id ? `${parent}\n${key}` : key;
    keys.set(name, keys.has(name) ? undefined : gid);
  }
  const twins = new Map<Gid, Gid>();
  return ({ gid, listed }) => {
    if (listed === undefined) return undefined;
    const parent = twins.get(listed.parent) ?? listed.parent;
    const { key = '' } = listed;
    const byKey = keys.get(key === listed.id ? `${parent}\n${key}` : key);
    const byPlace = places.get(`${parent}\n${listed.id}`);
    const isSame = byPlace !== undefined && isEqual(listed, present.get(byPlace), true);
    const twin = byKey ?? (isSame ? byPlace : undefined);
    if (twin !== undefined) twins.set(gid, twin);
    return twin;
  };
}
