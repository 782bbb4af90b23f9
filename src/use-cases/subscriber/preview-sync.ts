import { conduitNamed } from '../../conduits/conduit.ts';
import { RequestError } from '../../errors/concord-error.ts';
import type { Gid } from '../../objects/gid.ts';
import { formatPath } from '../../objects/path.ts';
import { presentVersion } from '../../objects/revision.ts';
import type { Version } from '../../objects/version.ts';
import { digestOfVersion } from '../../objects/version.ts';
import type { Change } from '../../synchronization/change.ts';
import { changedFields } from '../../synchronization/fields.ts';
import { nameOfPlan } from '../../synchronization/plan.ts';
import { readChange } from '../../synchronization/read-change.ts';
import { toCollection } from '../../synchronization/relative.ts';
import type { SubscriberSession } from '../../synchronization/subscription.ts';
import { nothingOpen, readSync, statusesIn } from '../../synchronization/wire/read-commands.ts';
import { answersOf } from '../../synchronization/wire/statuses.ts';
import { StatusCode } from '../../syncml/status.ts';
import { differences } from '../exchange/differences.ts';
import { pathOf } from '../objects/read-object.ts';
import type { SiteContext } from '../site-context.ts';
import type { Asked, Asking } from './ask-preview.ts';
import { askPreview } from './ask-preview.ts';
import { previewComparison } from './preview-comparison.ts';
import type { SyncControl, SyncOptions } from './running-sync.ts';
import { kindOf } from './running-sync.ts';
import { subscriberOutlook } from './subscriber-outlook.ts';
import type { PlannedChange, SyncPlan } from './sync-plan.ts';

/** Of which subscription, and which kind of sync is shown: the ordinary one, where nothing is said. */
export type PreviewRequest = { readonly id: string } & Partial<Pick<SyncOptions, 'slow' | 'refreshFrom'>>;

/**
 * Says what a sync would do, without doing it.
 * @throws RequestError CON-R004 unknown subscription; else as `runSync`
 */
export async function previewSync(
  context: SiteContext,
  { id, ...options }: PreviewRequest,
  control: Omit<SyncControl, 'onProgress'>,
): Promise<SyncPlan> {
  const subscription = await context.store.subscription(id);
  if (subscription === undefined)
    throw new RequestError('CON-R004', `There is no subscription “${id}” at ${context.site}`);
  const asking = { context, subscription, control };
  const kind = kindOf({ ...options, holder: 'preview' });
  if (kind !== 'changes') return previewComparison(asking, kind);
  if (subscription.state.checkpoints.length === 0) return previewComparison(asking, 'comparison');
  const asked = await askPreview(asking, { kind });
  return asked.hello.needs === 'nothing' ? planOf(asking, asked) : previewComparison(asking, 'comparison');
}

async function planOf(asking: Asking, { message, session, hello }: Asked): Promise<SyncPlan> {
  const name = nameOfPlan({ subscriber: session.readAt, publisher: hello.position });
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
  session: SubscriberSession,
  outcomes: ReadonlyMap<Gid, number>,
): Promise<readonly PlannedChange[]> {
  const query = control.services.query(subscription.query);
  const outlook = subscriberOutlook(context, subscription, { session, query });
  const planned: PlannedChange[] = [];
  for await (const finding of differences(outlook, { stage: 'start' })) {
    if (finding.kind === 'withheld' && finding.exception.reason !== 'withheld') continue;
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
    case StatusCode.PermissionDenied:
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
