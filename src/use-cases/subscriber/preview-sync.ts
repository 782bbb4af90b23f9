import { conduitNamed } from '../../conduits/conduit.ts';
import { InvariantError, RequestError, TransportError } from '../../errors/concord-error.ts';
import type { Gid } from '../../objects/gid.ts';
import { formatPath } from '../../objects/path.ts';
import { presentVersion } from '../../objects/revision.ts';
import type { Version } from '../../objects/version.ts';
import { digestOfVersion } from '../../objects/version.ts';
import type { Change } from '../../synchronization/change.ts';
import { nameOfPlan } from '../../synchronization/plan.ts';
import type { FieldChange } from '../../synchronization/fields.ts';
import { changedFields } from '../../synchronization/fields.ts';
import { readChange } from '../../synchronization/read-change.ts';
import { toCollection } from '../../synchronization/relative.ts';
import type { Subscription } from '../../synchronization/subscription.ts';
import type { PublisherHello } from '../../synchronization/wire/hello.ts';
import { readPublisherHello } from '../../synchronization/wire/hello.ts';
import { openingAlert, nothingOpen, readSync, statusesIn } from '../../synchronization/wire/read-commands.ts';
import { answersOf } from '../../synchronization/wire/statuses.ts';
import { defaultMessageLimits } from '../../syncml/limits.ts';
import type { SyncMlMessage } from '../../syncml/message.ts';
import { StatusCode } from '../../syncml/status.ts';
import { decodeMessage } from '../../syncml/xml/decode-message.ts';
import { withCredential } from './compose-message.ts';
import { differences } from '../exchange/differences.ts';
import { refusalError, refusalIn } from './hear-refusal.ts';
import { deliver } from './hand-over.ts';
import { newSession } from './open-session.ts';
import { pathOf } from '../objects/read-object.ts';
import type { SyncControl } from './running-sync.ts';
import type { SiteContext } from '../site-context.ts';
import { subscriberOutlook } from './subscriber-outlook.ts';
import { composeMessage } from './subscriber-turn.ts';

/** What a sync would do with one object. */
export interface PlannedChange {
  readonly gid: Gid;
  /** Where it is here, or its id where it is not here yet. */
  readonly path: string;
  readonly action: 'create' | 'update' | 'delete';
  readonly fields: readonly FieldChange[];
  /** What becomes of what is sent: taken in plainly, merged with the publisher's, in conflict with it, or kept back. */
  readonly outcome: 'plain' | 'merged' | 'conflict' | 'refused' | 'withheld';
}

/** What a sync would do. */
export interface SyncPlan {
  readonly kind: 'changes' | 'comparison';
  readonly send: readonly PlannedChange[];
  readonly receive: readonly PlannedChange[];
  /** False when there is more than one message could tell. */
  readonly isComplete: boolean;
  /** How many objects each side has, when everything is to be compared. */
  readonly members: { readonly publisher: number; readonly subscriber: number } | undefined;
  /** Given to `runSync`, the plan is carried out exactly, or refused when something has moved. */
  readonly name: string;
}

/**
 * Says what a sync would do, without doing it.
 * @throws RequestError CON-R004 unknown subscription; else as `runSync`
 */
export async function previewSync(
  context: SiteContext,
  id: string,
  control: Omit<SyncControl, 'onProgress'>,
): Promise<SyncPlan> {
  const subscription = await context.store.subscription(id);
  if (subscription === undefined)
    throw new RequestError('CON-R004', `There is no subscription “${id}” at ${context.site}`);
  const preview = await ask({ context, subscription, control });
  const refusal = refusalIn(preview.message);
  if (refusal !== undefined) throw refusalError(refusal);
  const alert = openingAlert(preview.message);
  if (alert === undefined) throw new TransportError('CON-T002', 'The address does not answer like a publication');
  return planOf({ context, subscription, control }, preview, readPublisherHello(alert));
}

interface Asking {
  readonly context: SiteContext;
  readonly subscription: Subscription;
  readonly control: Omit<SyncControl, 'onProgress'>;
}

interface Preview {
  readonly message: SyncMlMessage;
  readonly session: Awaited<ReturnType<typeof newSession>>;
}

async function ask({ context, subscription, control }: Asking): Promise<Preview> {
  const { services } = control;
  const head = await context.store.head();
  const session = await newSession({ context, options: { holder: 'preview' } }, { subscription, head, beginning: {} });
  const query = services.query(subscription.query);
  const turn = {
    context,
    services,
    subscription,
    session,
    query,
    isPreview: true,
  };
  const { batch } = await composeMessage(turn);
  const bytes = batch.subscriptions?.[0]?.message;
  if (bytes === undefined || bytes === null) throw new InvariantError('CON-I001', 'a preview has no message');
  const body = withCredential(bytes, subscription, context.vault);
  const sync = { context, services, control, options: { holder: 'preview' } };
  const delivery = await deliver(sync, subscription, { session, bytes: body });
  if (delivery.outcome !== 'answered')
    throw new RequestError('CON-R008', 'A preview needs a publisher that answers at once');
  const limits = { ...defaultMessageLimits, maxOctets: services.maxMessageOctets * 2 };
  return { message: decodeMessage(new TextDecoder().decode(delivery.body), limits), session };
}

async function planOf(asking: Asking, { message, session }: Preview, hello: PublisherHello): Promise<SyncPlan> {
  const { context, subscription } = asking;
  const name = nameOfPlan({ subscriber: session.readAt, publisher: hello.position });
  const isComparison = hello.needs !== 'nothing' || session.kind !== 'changes';
  if (isComparison) {
    const range = { collection: subscription.collection, after: 0, upTo: session.readAt.seq };
    const members = { publisher: hello.members, subscriber: await context.store.countChanges(range, 'present') };
    return { kind: 'comparison', send: [], receive: [], isComplete: false, members, name };
  }
  const outcomes = new Map(answersOf(statusesIn(message)).map((answer) => [answer.gid, answer.code]));
  const send = await plannedToSend(asking, session, outcomes);
  const sync = readSync(message, hello.position.epoch, nothingOpen);
  const receive: PlannedChange[] = [];
  for (const change of sync.commands.flatMap((command) => command.changes))
    receive.push(...(await plannedToReceive(asking, change)));
  return { kind: 'changes', send, receive, isComplete: message.isFinal, members: undefined, name };
}

async function plannedToSend(
  { context, subscription, control }: Asking,
  session: Preview['session'],
  outcomes: ReadonlyMap<Gid, number>,
): Promise<readonly PlannedChange[]> {
  const query = control.services.query(subscription.query);
  const outlook = subscriberOutlook(context, subscription, { session, query });
  const planned: PlannedChange[] = [];
  for await (const finding of differences(outlook, { stage: 'start' })) {
    if (finding.kind === 'withheld' && finding.exception === undefined) continue;
    if (finding.kind === 'withheld') {
      planned.push({
        gid: finding.gid,
        path: await pathFor(context, finding.gid),
        action: 'update',
        fields: [],
        outcome: 'withheld',
      });
      continue;
    }
    const { gid, held, version, state } = finding.difference;
    const action = state !== 'present' ? 'delete' : held === undefined ? 'create' : 'update';
    const fields = changedFields(held, state === 'present' ? version : undefined, outlook.keys);
    planned.push({
      gid,
      path: await pathFor(context, gid, version),
      action,
      fields,
      outcome: outcomeOf(outcomes.get(gid)),
    });
  }
  return planned;
}

function outcomeOf(code: number | undefined): PlannedChange['outcome'] {
  switch (code) {
    case StatusCode.ConflictResolvedWithMerge:
      return 'merged';
    case StatusCode.ConflictResolvedServerWins:
    case StatusCode.ConflictResolvedClientWins:
      return 'conflict';
    case StatusCode.Forbidden:
    case StatusCode.UnsupportedMediaType:
      return 'refused';
    default:
      return 'plain';
  }
}

async function plannedToReceive({ context, subscription }: Asking, change: Change): Promise<readonly PlannedChange[]> {
  const { keys } = conduitNamed(subscription.conduit);
  const { gid } = change;
  const revision = (await context.store.current([gid])).get(gid);
  const present = presentVersion(revision);
  const here = present && toCollection(present, subscription.root);
  if (change.kind === 'delete' || change.kind === 'leave') {
    if (here === undefined) return [];
    return [
      {
        gid,
        path: await pathFor(context, gid),
        action: 'delete',
        fields: changedFields(here, undefined),
        outcome: 'plain',
      },
    ];
  }
  if (change.kind !== 'put') return [];
  const base = here !== undefined && digestOfVersion(here) === change.base?.digest ? here : undefined;
  const read = readChange(change, base, context.xmlLimits);
  const version = read.outcome === 'version' ? read.version : undefined;
  const action = here === undefined ? 'create' : 'update';
  const fields = version === undefined ? [] : changedFields(here, version, keys);
  return [{ gid, path: await pathFor(context, gid, version), action, fields, outcome: 'plain' }];
}

async function pathFor(context: SiteContext, gid: Gid, version?: Version): Promise<string> {
  const revision = (await context.store.current([gid])).get(gid);
  if (revision?.state === 'present') return formatPath(await pathOf(context.store, gid));
  return version?.id ?? revision?.version.id ?? gid;
}
