import { ConcordError, RequestError } from '../../errors/concord-error.ts';
import type { Field } from '../../objects/edit.ts';
import type { PeerNumber } from '../../objects/revision.ts';
import type { ConflictRule } from '../../ports/site-notes.ts';
import { requireRole } from '../administration/access.ts';
import type { Actor, SiteContext } from '../site-context.ts';
import { resolveConflicts } from './resolve-conflict.ts';

/** A rule to be made. */
export interface NewConflictRule {
  /** As a conflict names it. */
  readonly field: string;
  readonly keep: ConflictRule['keep'];
  readonly publication?: string | undefined;
  readonly subscription?: string | undefined;
}

/** The rule, and how many of the conflicts that were open it has settled. */
export interface MadeRule {
  readonly rule: ConflictRule;
  readonly settled: number;
}

const pageSize = 200;

/** The rules of the site, the oldest first: of two for the same conflict the older decides. */
export async function listConflictRules({ store }: Pick<SiteContext, 'store'>): Promise<readonly ConflictRule[]> {
  return store.notes.conflictRules();
}

/**
 * Makes a rule that settles the open conflicts of a field, and all that will come: at the publisher before it answers, at a subscriber at the end of the sync
 * that brought them.
 * @throws AuthenticityError CON-A002 unless the actor is a Publisher
 * @throws RequestError CON-R003 or CON-R004 when there is no such publication or subscription, CON-R008 without a field
 */
export async function addConflictRule(context: SiteContext, actor: Actor, wanted: NewConflictRule): Promise<MadeRule> {
  requireRole(actor, 'Publisher');
  const { field, keep, publication, subscription } = wanted;
  if (field.trim() === '') throw new RequestError('CON-R008', 'A rule needs the field that it is for');
  await checkScope(context, wanted);
  const at = context.clock.now();
  const rule: ConflictRule = {
    id: context.identifiers.random(),
    // Any text can stand as a field: one that is none finds no conflict.
    field: field as Field,
    keep,
    createdAt: at,
    by: actor.name,
    ...(publication === undefined ? {} : { publication }),
    ...(subscription === undefined ? {} : { subscription }),
  };
  await context.store.notes.addConflictRule(rule);
  await record(context, actor, `Rule: conflicts of ${field} are settled by keeping ${inWords(keep)}`);
  return { rule, settled: await settleByRules(context) };
}

/** What was settled by it stays settled. @throws AuthenticityError CON-A002; RequestError CON-R016 when there is no such rule */
export async function removeConflictRule(context: SiteContext, actor: Actor, id: string): Promise<void> {
  requireRole(actor, 'Publisher');
  const rule = (await context.store.notes.conflictRules()).find((one) => one.id === id);
  if (rule === undefined || !(await context.store.notes.removeConflictRule(id)))
    throw new RequestError('CON-R016', `There is no rule “${id}”`);
  await record(context, actor, `Rule for conflicts of ${rule.field} removed`);
}

/**
 * Settles what is open and has a rule; of one peer, or of all. What a rule cannot settle (the name is taken, the object is gone) stays open for a person.
 * Returns how many it has settled.
 */
export async function settleByRules(context: SiteContext, peer?: PeerNumber): Promise<number> {
  let settled = 0;
  for (const rule of await context.store.notes.conflictRules()) settled += await applyRule(context, rule, peer);
  return settled;
}

async function applyRule(context: SiteContext, rule: ConflictRule, peer: PeerNumber | undefined): Promise<number> {
  const { store } = context;
  const scope = await peersOf(context, rule);
  const peers = peer === undefined ? scope : (scope ?? [peer]).filter((one) => one === peer);
  let settled = 0;
  let listedAfter = 0;
  for (;;) {
    const filter = { state: 'open', field: rule.field, listedAfter, limit: pageSize } as const;
    const page = await store.conflicts({ ...filter, ...(peers === undefined ? {} : { peers }) });
    settled += await settleAll(
      context,
      rule,
      page.map(({ id }) => id),
    );
    listedAfter = page.at(-1)?.listedAt ?? 0;
    if (page.length < pageSize) return settled;
  }
}

/** All at once where that goes; else one by one, leaving out those that cannot be. */
async function settleAll(context: SiteContext, rule: ConflictRule, ids: readonly string[]): Promise<number> {
  if (ids.length === 0) return 0;
  const actor: Actor = { name: rule.by, roles: [] };
  try {
    const done = await resolveConflicts(context, actor, { ids, keep: rule.keep, rule: rule.id });
    return done.settled + done.toBeSent;
  } catch (error) {
    if (!(error instanceof ConcordError) || error.retry === 'later') throw error;
    if (ids.length === 1) return 0;
    let settled = 0;
    for (const id of ids) settled += await settleAll(context, rule, [id]);
    return settled;
  }
}

async function peersOf(
  { store }: SiteContext,
  { publication, subscription }: ConflictRule,
): Promise<readonly PeerNumber[] | undefined> {
  if (publication !== undefined) return (await store.subscribers(publication)).map((row) => row.peer);
  if (subscription === undefined) return undefined;
  const row = await store.subscription(subscription);
  return row === undefined ? [] : [row.peer];
}

async function checkScope({ store, site }: SiteContext, { publication, subscription }: NewConflictRule): Promise<void> {
  if (publication !== undefined && (await store.publication(publication)) === undefined)
    throw new RequestError('CON-R003', `The site “${site}” has no publication “${publication}”`);
  if (subscription !== undefined && (await store.subscription(subscription)) === undefined)
    throw new RequestError('CON-R004', `The site “${site}” has no subscription “${subscription}”`);
}

async function record({ store, clock }: SiteContext, actor: Actor, text: string): Promise<void> {
  await store.record({ at: clock.now(), kind: 'conflict', level: 'info', subject: actor.name, text, details: {} });
}

function inWords(keep: ConflictRule['keep']): string {
  return keep === 'newer' ? 'the newer value' : `the ${keep}’s value`;
}
