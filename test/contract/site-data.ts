import { type Gid, parseGid, topGid } from '../../src/objects/gid.ts';
import { advance, startOfLog } from '../../src/objects/position.ts';
import { type RevisionDraft, summaryOf } from '../../src/objects/revision.ts';
import type { Identifiers } from '../../src/ports/identifiers.ts';
import type { SiteStore, Write } from '../../src/ports/site-store.ts';
import type { Conflict } from '../../src/synchronization/conflict.ts';
import type { Publication } from '../../src/synchronization/publication.ts';
import { newSubscriberState, type Subscriber } from '../../src/synchronization/subscriber.ts';
import { defaultTerms, newSubscriptionState, type Subscription } from '../../src/synchronization/subscription.ts';
import { digestOfText } from '../../src/xml/digest.ts';

export function gid(text: string): Gid {
  return parseGid(text) ?? topGid;
}

/** Identifiers that are new and the same in every run. */
export function countingIdentifiers(prefix = 'n'): Identifiers {
  let count = 0;
  return {
    gid: () => gid(`${prefix}-gid-${String(++count).padStart(6, '0')}`),
    random: () => `${prefix}-random-${++count}`,
    secret: () => `${prefix}-secret-${++count}`,
  };
}

/** What a test wants to say of a revision; the rest is of no matter. */
export interface Sketch {
  readonly parent?: string;
  readonly id?: string;
  readonly document?: string;
  readonly state?: RevisionDraft['state'];
  readonly origin?: RevisionDraft['origin'];
  readonly edits?: RevisionDraft['edits'];
  readonly shadow?: string;
  readonly seen?: number;
}

export function draft(of: string, sketch: Sketch = {}): RevisionDraft {
  const {
    parent = '',
    id = of,
    document = `<object>${of}</object>`,
    state = 'present',
    origin,
    edits,
    shadow,
    seen,
  } = sketch;
  return {
    state,
    version: {
      gid: gid(of),
      parent: gid(parent),
      id,
      type: 'Person',
      document,
      documentDigest: digestOfText(document),
    },
    edits: edits ?? { main: { id: `edit-of-${of}`, at: 1_700_000_000_000, by: 'user' }, others: [] },
    receivedAt: 1_700_000_000_001,
    origin,
    ...(shadow !== undefined && { shadow }),
    ...(seen !== undefined && { seen }),
  };
}

/** Membership by collection number. */
export type Membership = Readonly<Record<number, boolean>>;

export function write(of: string, sketch: Sketch = {}, membership: Membership = {}): Write {
  const collections = Object.entries(membership).map(([number, isMember]) => ({
    collection: Number(number),
    isMember,
  }));
  return { draft: draft(of, sketch), collections };
}

/** Commits the writes as one batch. */
export async function commit(store: SiteStore, ...writes: readonly Write[]): Promise<void> {
  await store.update(async () => ({ batch: { writes }, result: undefined }));
}

/** Walks through the log from its start and says where the chain of hashes is broken; undefined when it holds up to the head. */
export async function findBrokenLink(store: SiteStore): Promise<number | undefined> {
  const head = await store.head();
  let position = startOfLog(head.epoch);
  for (let seq = 1; seq <= head.seq; seq++) {
    const revision = await store.revision(seq);
    if (revision === undefined) return seq;
    position = advance({ ...position, epoch: revision.epoch }, summaryOf(revision));
    const { hash, epoch } = (await store.positionAt(seq)) ?? { hash: undefined, epoch: undefined };
    if (position.hash !== revision.hash || hash !== revision.hash || epoch !== revision.epoch) return seq;
  }
  return position.hash === head.hash ? undefined : head.seq;
}

export const publication: Publication = {
  id: 'people',
  url: '',
  path: '/people',
  root: gid('people-root'),
  collection: 1,
  query: 'objectValues',
  mapping: 'asXML',
  conduit: 'object',
  gidGenerator: 'uuid',
  keyName: '',
  conflictPolicy: undefined,
  updatePolicy: 'OTHER',
  mayPull: 'everyone',
  mayPush: ['alice'],
  generation: 1,
};

export const subscriber: Omit<Subscriber, 'peer' | 'version'> = {
  publication: 'people',
  url: 'http://localhost:9673/client/people',
  account: 'sync',
  tokenHash: 'hash',
  terms: defaultTerms,
  state: newSubscriberState,
};

export const subscription: Omit<Subscription, 'peer' | 'version'> = {
  id: 'people',
  publication: 'people',
  publicationUrl: 'http://localhost:9673/cps',
  subscriptionUrl: 'http://localhost:9674/client/people',
  path: '/people',
  root: gid('people-root'),
  collection: 1,
  terms: defaultTerms,
  query: 'objectValues',
  mapping: 'asXML',
  conduit: 'object',
  keyName: '',
  schedule: '',
  user: 'sync',
  password: '',
  token: '',
  state: newSubscriptionState,
};

export function conflict(id: string, peer: number, rest: Partial<Conflict> = {}): Conflict {
  const edit = { id: 'edit', at: 1, by: 'user' };
  return {
    id,
    peer,
    role: 'publisher',
    gid: gid('a'),
    field: 'id',
    base: 'before',
    publisher: { value: 'here', edit },
    subscriber: { value: 'there', edit },
    state: 'open',
    settledBy: undefined,
    openedAt: 1,
    ...rest,
  };
}
