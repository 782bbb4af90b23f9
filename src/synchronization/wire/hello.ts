import { ProtocolError } from '../../errors/concord-error.ts';
import type { Position } from '../../objects/position.ts';
import { formatPosition, parsePosition } from '../../objects/position.ts';
import type { Alert } from '../../syncml/alert.ts';
import { AlertCode } from '../../syncml/alert.ts';
import type { EmiEntries } from '../../syncml/emi.ts';
import { decodeEmi, encodeEmi } from '../../syncml/emi.ts';
import type { Checkpoint } from '../checkpoint.ts';
import type { Policy } from '../publication.ts';
import { policies } from '../publication.ts';
import type { Introduction } from '../subscriber.ts';
import type { Action, Mode, SessionKind, Terms } from '../subscription.ts';
import { actions, modes } from '../subscription.ts';
import { decodeNumber, encodeNumber } from './numbers.ts';

/** How a subscriber opens a session: in the Alert of its first message (engine.md §12). */
export interface SubscriberHello {
  readonly kind: SessionKind;
  readonly publication: string;
  readonly subscription: string;
  readonly lastAnchor: string;
  readonly nextAnchor: string;
  readonly terms: Terms;
  readonly generation: number;
  readonly sessionNumber: number;
  /** The end of its log, as of which it sends. */
  readonly position: Position;
  /** The publisher's epoch that it knows; empty at first contact. */
  readonly publisherEpoch: string;
  /** As long as it does not know the publisher, and whenever everything is compared, for then the publisher may not know it. */
  readonly introduction?: Introduction | undefined;
  /** Newest last. The newest always; all of them when the publisher asked. */
  readonly checkpoints: readonly Checkpoint[];
  readonly areAllCheckpoints: boolean;
  readonly deletions: number;
  readonly allowedDeletions: number;
  readonly isPreview: boolean;
  /** In the preview of a comparison: the publisher's position after which its list goes on. */
  readonly listAfter: number;
  /** The publisher's position that a plan was made on: it must not have moved. */
  readonly plannedAt: Position | undefined;
  /** In a comparison: how many objects it has. */
  readonly members: number;
  /** The name of its conduit, where that does not write all that comes. */
  readonly conduit?: string | undefined;
}

/**
 * What a subscriber must do before anything else. `permission`: to compare, which a person must allow first, because the two sides have lost what they agreed on
 * (engine.md §9).
 */
export const allNeeds = ['nothing', 'comparison', 'permission', 'checkpoints', 'go-back'] as const;
export type Needs = (typeof allNeeds)[number];

/** How the publisher answers it, in its own Alert. */
export interface PublisherHello {
  readonly kind: SessionKind;
  readonly nextAnchor: string;
  readonly lastAnchor: string;
  readonly position: Position;
  readonly generation: number;
  readonly mayPull: boolean;
  readonly mayPush: boolean;
  readonly deletions: number;
  readonly members: number;
  /** The sites that the publication has come through, from its origin to the publisher; told when everything is compared (engine.md §10). */
  readonly chain: readonly string[];
  /** Given at first contact, once. */
  readonly token: string | undefined;
  /** What the subscriber must do before anything else. */
  readonly needs: Needs;
  /** The checkpoint to go back to, and how far the publisher had taken in the subscriber's former epoch. */
  readonly backTo: Checkpoint | undefined;
  readonly takenUpTo: Position | undefined;
  /** When it turns a subscriber back: where that one's log ended when it last opened a session. A log that does not come through there is another one. */
  readonly seenAt?: Position | undefined;
  /** The name of its conduit, where that does not write all that comes. */
  readonly conduit?: string | undefined;
}

const codes = {
  changes: AlertCode.TwoWay,
  comparison: AlertCode.SlowSync,
  'refresh-from-publisher': AlertCode.RefreshFromServer,
  'refresh-from-subscriber': AlertCode.RefreshFromClient,
} as const;

/** The Alert that opens a session. */
export function alertOfSubscriber(hello: SubscriberHello, cmdId: string): Alert {
  const { terms } = hello;
  const emi = encodeEmi({
    mode: terms.mode,
    strategy: terms.strategy.join(','),
    conflicts: terms.conflictPolicy,
    updates: terms.updatePolicy,
    generation: encodeNumber(hello.generation),
    number: encodeNumber(hello.sessionNumber),
    position: formatPosition(hello.position),
    publisher: hello.publisherEpoch,
    first: hello.introduction && formatIntroduction(hello.introduction),
    checkpoints: hello.checkpoints.map(formatCheckpoint).join(','),
    all: hello.areAllCheckpoints ? '1' : undefined,
    deletions: encodeNumber(hello.deletions),
    allow: encodeNumber(hello.allowedDeletions),
    members: encodeNumber(hello.members),
    preview: hello.isPreview ? '1' : undefined,
    after: hello.listAfter === 0 ? undefined : encodeNumber(hello.listAfter),
    planned: hello.plannedAt && formatPosition(hello.plannedAt),
    conduit: hello.conduit,
  });
  const anchor = { ...(hello.lastAnchor !== '' && { last: hello.lastAnchor }), next: hello.nextAnchor };
  const item = { target: { locUri: hello.publication }, source: { locUri: hello.subscription }, meta: { anchor, emi } };
  return { kind: 'Alert', cmdId, code: codes[hello.kind], items: [item] };
}

/** The publisher's own Alert. */
export function alertOfPublisher(
  hello: PublisherHello,
  addresses: { readonly publication: string; readonly subscription: string },
  cmdId: string,
): Alert {
  const emi = encodeEmi({
    position: formatPosition(hello.position),
    generation: encodeNumber(hello.generation),
    pull: hello.mayPull ? undefined : '0',
    push: hello.mayPush ? undefined : '0',
    deletions: encodeNumber(hello.deletions),
    members: encodeNumber(hello.members),
    chain: hello.chain.length === 0 ? undefined : hello.chain.join(','),
    token: hello.token,
    needs: hello.needs === 'nothing' ? undefined : hello.needs,
    back: hello.backTo && formatCheckpoint(hello.backTo),
    taken: hello.takenUpTo && formatPosition(hello.takenUpTo),
    seen: hello.seenAt && formatPosition(hello.seenAt),
    conduit: hello.conduit,
  });
  const anchor = { ...(hello.lastAnchor !== '' && { last: hello.lastAnchor }), next: hello.nextAnchor };
  const item = {
    target: { locUri: addresses.subscription },
    source: { locUri: addresses.publication },
    meta: { anchor, emi },
  };
  return { kind: 'Alert', cmdId, code: codes[hello.kind], items: [item] };
}

/** @throws ProtocolError CON-S001 when it is not the Alert of a Concord subscriber */
export function readSubscriberHello(alert: Alert): SubscriberHello {
  const item = alert.items[0];
  const emi = decodeEmi(item?.meta?.emi);
  const publication = item?.target?.locUri;
  const subscription = item?.source?.locUri;
  const anchor = item?.meta?.anchor;
  if (publication === undefined || subscription === undefined || anchor === undefined) throw unreadable('Alert');
  return {
    kind: kindOf(alert.code),
    publication,
    subscription,
    lastAnchor: anchor.last ?? '',
    nextAnchor: anchor.next,
    terms: readTerms(emi),
    generation: decodeNumber(emi.get('generation') ?? '0'),
    sessionNumber: decodeNumber(emi.get('number') ?? ''),
    position: readPosition(emi, 'position'),
    publisherEpoch: emi.get('publisher') ?? '',
    ...(emi.has('first') && { introduction: readIntroduction(emi.get('first') ?? '') }),
    checkpoints: (emi.get('checkpoints') ?? '')
      .split(',')
      .filter((text) => text !== '')
      .map(readCheckpoint),
    areAllCheckpoints: emi.get('all') === '1',
    deletions: decodeNumber(emi.get('deletions') ?? '0'),
    allowedDeletions: decodeNumber(emi.get('allow') ?? '0'),
    members: decodeNumber(emi.get('members') ?? '0'),
    isPreview: emi.get('preview') === '1',
    listAfter: decodeNumber(emi.get('after') ?? '0'),
    plannedAt: emi.has('planned') ? readPosition(emi, 'planned') : undefined,
    ...(emi.has('conduit') && { conduit: emi.get('conduit') }),
  };
}

/** @throws ProtocolError CON-S001 when it is not the Alert of a Concord publisher */
export function readPublisherHello(alert: Alert): PublisherHello {
  const item = alert.items[0];
  const emi = decodeEmi(item?.meta?.emi);
  const anchor = item?.meta?.anchor;
  if (anchor === undefined) throw unreadable('Alert');
  const back = emi.get('back');
  return {
    kind: kindOf(alert.code),
    nextAnchor: anchor.next,
    lastAnchor: anchor.last ?? '',
    position: readPosition(emi, 'position'),
    generation: decodeNumber(emi.get('generation') ?? '0'),
    mayPull: emi.get('pull') !== '0',
    mayPush: emi.get('push') !== '0',
    deletions: decodeNumber(emi.get('deletions') ?? '0'),
    members: decodeNumber(emi.get('members') ?? '0'),
    chain: (emi.get('chain') ?? '').split(',').filter((site) => site !== ''),
    token: emi.get('token'),
    needs: oneOf(allNeeds, emi.get('needs') ?? 'nothing'),
    backTo: back === undefined ? undefined : readCheckpoint(back),
    takenUpTo: emi.has('taken') ? readPosition(emi, 'taken') : undefined,
    ...(emi.has('seen') && { seenAt: readPosition(emi, 'seen') }),
    ...(emi.has('conduit') && { conduit: emi.get('conduit') }),
  };
}

function readTerms(emi: EmiEntries): Terms {
  const strategy = (emi.get('strategy') ?? '').split(',').filter((action) => action !== '');
  return {
    mode: oneOf<Mode>(modes, emi.get('mode') ?? ''),
    strategy: strategy.map((action) => oneOf<Action>(actions, action)),
    conflictPolicy: oneOf<Policy>(policies, emi.get('conflicts') ?? ''),
    updatePolicy: oneOf<Policy>(policies, emi.get('updates') ?? ''),
  };
}

function kindOf(code: number): SessionKind {
  const found = Object.entries(codes).find(([, known]) => known === code);
  if (found === undefined) throw unreadable(`Alert ${String(code)}`);
  // The keys of the table are the kinds.
  return found[0] as SessionKind;
}

function oneOf<Choice extends string>(choices: readonly Choice[], text: string): Choice {
  const found = choices.find((choice) => choice === text);
  if (found === undefined) throw unreadable(`“${text.slice(0, 40)}”`);
  return found;
}

function formatIntroduction({ subscription, firstSession }: Introduction): string {
  return `${encodeNumber(subscription)}~${firstSession}`;
}

function readIntroduction(text: string): Introduction {
  const at = text.indexOf('~');
  if (at < 0) throw unreadable('first');
  return { subscription: decodeNumber(text.slice(0, at)), firstSession: text.slice(at + 1) };
}

function formatCheckpoint(checkpoint: Checkpoint): string {
  return `${formatPosition(checkpoint.publisher)}~${formatPosition(checkpoint.subscriber)}`;
}

function readCheckpoint(text: string): Checkpoint {
  const [publisher, subscriber] = text.split('~').map(parsePosition);
  if (publisher === undefined || subscriber === undefined) throw unreadable('checkpoint');
  return { publisher, subscriber, takenUpTo: 0 };
}

function readPosition(emi: EmiEntries, key: string): Position {
  const position = parsePosition(emi.get(key) ?? '');
  if (position === undefined) throw unreadable(key);
  return position;
}

function unreadable(what: string): ProtocolError {
  return new ProtocolError('CON-S001', `The peer's message cannot be understood: ${what}`);
}
