import type { Command } from 'commander';
import { z } from 'zod';
import type { PublicationStatus, SiteStatus, SubscriptionStatus } from '../use-cases/administration/status.ts';
import type { ErrorCode } from '../errors/codes.ts';
import { errorCodes } from '../errors/codes.ts';
import { siteStatus } from '../use-cases/administration/status.ts';
import type { CarrierNote } from '../ports/carrier-notes.ts';
import type { MailboxState } from '../use-cases/exchange/carrier-state.ts';
import type { FollowState } from '../use-cases/subscriber/follow-note.ts';
import { StatusCode } from '../syncml/status.ts';
import type { ExceptionView, StandingException } from '../use-cases/exchange/list-exceptions.ts';
import type { Waiting } from '../synchronization/subscription.ts';
import type { CommandActions } from './command-action.ts';
import { readSite } from './open-site.ts';
import { shellWord } from './shell-word.ts';
import { count, formatTable, formatTime } from './table.ts';

const input = z.object({ site: z.string(), id: z.string().optional() });

/** `concord status SITE [ID]`. */
export function registerStatus(program: Command, actions: CommandActions): void {
  program
    .command('status')
    .description('how publications, subscriptions and activities of a site stand; of one, what it keeps back too')
    .argument('<site>', 'the site')
    .argument('[id]', 'only this publication or subscription')
    .action(
      actions.action(input, async ({ site, id }, call) => {
        const status = await readSite(call, site, (context) => siteStatus(context, id));
        call.print(status, describeSite(status));
        return undefined;
      }),
    );
}

function describeSite({ site, publications, subscriptions, activities, mailboxes }: SiteStatus): string {
  const parts = [
    ...publications.map((publication) => describePublication(site, publication)),
    ...subscriptions.map((subscription) => describeSubscription(site, subscription)),
    ...(mailboxes.length === 0 ? [] : [mailboxes.map((mailbox) => `Mailbox ${describeMailbox(mailbox)}\n`).join('')]),
    `Activities: ${activities.runnable} runnable, ${activities.running} running, ${activities.waiting} waiting, ${activities.failed} failed\n`,
  ];
  return parts.join('\n');
}

function describePublication(site: string, { id, path, url, subscribers }: PublicationStatus): string {
  const title = `Publication ${id} of ${path}${url === '' ? '' : ` as ${url}`}: ${count(subscribers.length, 'subscriber')}\n`;
  if (subscribers.length === 0) return title;
  const rows = subscribers.map((row) => [
    row.url,
    row.account,
    row.mode,
    formatTime(row.lastSyncAt),
    `${row.lag}`,
    `${row.openConflicts}`,
    `${row.exceptions}`,
  ]);
  const table = formatTable(
    ['  subscriber', 'account', 'mode', 'last sync', 'behind by', 'conflicts', 'exceptions'],
    indented(rows),
  );
  const exceptions = subscribers.map(({ url: subscriber, exceptionList = [] }) =>
    exceptionList.length === 0 ? '' : `  Exceptions of ${subscriber}:\n${describeExceptions(exceptionList)}`,
  );
  const mails = subscribers.map(({ url: subscriber, carried }) => describeCarried(`  to ${subscriber}: `, carried));
  const abandoned = subscribers
    .filter(({ isAbandoned }) => isAbandoned)
    .map((row) => describeAbandoned({ site, publication: id, url: row.url, lastHeardOf: row.lastSyncAt }));
  const heldBack = subscribers.map(({ url: subscriber, heldBack: held }) =>
    held === undefined
      ? ''
      : `  ${subscriber} is held back until ${formatTime(held.until)}: ${held.reason}. Next: mend it there, then concord release ${site} ${shellWord(id)} --subscriber ${shellWord(subscriber)}\n`,
  );
  return title + table + mails.join('') + heldBack.join('') + abandoned.join('') + exceptions.join('');
}

/** A subscriber that is not heard of any more, what that costs, and what to do. */
export function describeAbandoned(one: {
  readonly site: string;
  readonly publication: string;
  readonly url: string;
  readonly lastHeardOf: number | undefined;
}): string {
  const command = `concord unpublish ${one.site} ${shellWord(one.publication)} --subscriber ${shellWord(one.url)}`;
  return `  ${one.url} seems abandoned: last heard of ${formatTime(one.lastHeardOf)}, and old revisions are kept for it. Next: have it sync, or ${command}\n`;
}

/** When a message last went and came by mail or folder, and what did not arrive. */
function describeCarried(prefix: string, carried: CarrierNote | undefined): string {
  if (carried === undefined) return '';
  const { lastSentAt, lastReceivedAt, trouble } = carried;
  const what =
    trouble === undefined
      ? ''
      : `    not delivered ${formatTime(trouble.at)}: ${trouble.text}. Next: check the addresses and mail.smtp; it is sent again by itself\n`;
  return `${prefix}last message out ${formatTime(lastSentAt)}, in ${formatTime(lastReceivedAt)}\n${what}`;
}

/** Whether a mailbox can be used, and what to do where it cannot. */
export function describeMailbox({ name, lastReceivedAt, trouble }: MailboxState): string {
  const state =
    trouble === undefined
      ? 'watched'
      : `not usable since ${formatTime(trouble.at)}: ${trouble.text}. Next: check its entry in mail.mailboxes; it is tried again by itself`;
  return `${name}: ${state}, last mail ${formatTime(lastReceivedAt)}`;
}

function indented(rows: readonly (readonly string[])[]): readonly (readonly string[])[] {
  return rows.map(([first = '', ...rest]) => [`  ${first}`, ...rest]);
}

function describeSubscription(site: string, status: SubscriptionStatus): string {
  const lines = [
    `Subscription ${status.id} at ${status.path}: ${describeState(site, status)}`,
    `  of ${status.publication} at ${status.publicationUrl}, ${status.mode}${status.schedule === '' ? '' : `, by schedule ${status.schedule}`}`,
    `  last sync ${formatTime(status.lastSyncAt)}, ${count(status.openConflicts, 'open conflict')}, ${count(status.exceptions, 'exception')}`,
  ];
  return `${lines.join('\n')}\n${describeFollowing(status.following)}${describeCarried('  ', status.carried)}${describeExceptions(status.exceptionList ?? [])}`;
}

function describeFollowing(following: FollowState | undefined): string {
  if (following === undefined) return '';
  switch (following.state) {
    case 'connected':
      return `  follows the publication: connected since ${formatTime(following.since)}\n`;
    case 'reconnecting':
      return `  follows the publication: reconnecting since ${formatTime(following.since)}: ${following.message}${following.code === '' ? '' : ` (${following.code})`}\n`;
    case 'stopped':
      return '  follows the publication: nobody does. Next: concord start, or the clock process\n';
    default:
      return following satisfies never;
  }
}

function describeExceptions(exceptions: readonly ExceptionView[]): string {
  return exceptions.map(({ path, why }) => `    ${path}: ${describeWhy(why)}\n`).join('');
}

function describeWhy(why: StandingException): string {
  switch (why.reason) {
    case 'withheld':
      return why.by === 'brake' ? 'its deletion waits for permission' : `kept back by the ${why.by}`;
    case 'refused':
      return why.code === StatusCode.Forbidden
        ? 'its gid stands elsewhere at the other side. Delete it there, or end what keeps it there; then sync with --slow'
        : `refused by the other side (${why.code})`;
    case 'waits':
      return `waits for the outcome of an edit here: ${why.clashes.join(', ')}`;
    case 'not-taken':
      return 'waits for an edit of the subscriber';
    case 'elsewhere':
      return 'stands here, not at the path of this subscription. Delete it, or end what keeps it here; then sync with --slow';
    default:
      return why satisfies never;
  }
}

function describeState(site: string, status: SubscriptionStatus): string {
  const { id, state, isRunning, waiting, progress } = status;
  if (isRunning) return `a sync is running${progress === undefined ? '' : ` since ${formatTime(progress.startedAt)}`}`;
  switch (state) {
    case 'never':
      return `not yet synchronised. Next: concord sync ${site} ${shellWord(id)}`;
    case 'agreed':
      return 'agreed';
    case 'open':
      return `a sync has begun and not ended. Next: concord sync ${site} ${shellWord(id)}`;
    case 'waiting':
      return waiting === undefined ? 'waiting' : describeWaiting({ site, id, waiting });
    default:
      return state satisfies never;
  }
}

/** What a subscription waits for, and what to do about it. */
export function describeWaiting({
  site,
  id,
  waiting,
}: {
  readonly site: string;
  readonly id: string;
  readonly waiting: Waiting;
}): string {
  switch (waiting.for) {
    case 'permission':
      return `waiting for permission: ${count(waiting.deletions, 'deletion')} at the ${waiting.at}${waiting.limit === undefined ? '' : `, the limit is ${waiting.limit}`}. Next: concord sync ${site} ${shellWord(id)} --preview, then --allow-deletions ${waiting.deletions}`;
    case 'comparison': {
      const found = waiting.differences === undefined ? '' : `; ${count(waiting.differences, 'object')} would change`;
      return `waiting for permission to compare everything, because both sides have lost what they agreed on${found}. Next: concord sync ${site} ${shellWord(id)} --preview, then --plan=${waiting.plan}`;
    }
    case 'answer':
      return `waiting for an answer since ${formatTime(waiting.since)}, sent ${count(waiting.times, 'time')}, again at ${formatTime(waiting.againAt)}${whileWaiting({ site, id, waiting })}`;
    case 'retry':
      return describeFailure(waiting);
    default:
      return waiting satisfies never;
  }
}

/** What somebody can do meanwhile. */
function whileWaiting({ site, id, waiting }: Awaited): string {
  const { where, cameBack, times } = waiting;
  if (where !== undefined) return `. Carry ${where} to the publisher, and bring back what it puts there`;
  if (cameBack !== undefined)
    return `. It came back: ${cameBack}. Where a mailbox is full, have room made in it: it goes out again by itself. Else check the address: concord subscribe ${site} ${shellWord(id)} --publication-url …`;
  // Once may be late; what is sent again and again does not arrive, or its answer does not.
  return times > 1
    ? `. Next: see with concord log at the publisher whether it came, and whether mail for the subscription URL comes to ${site}`
    : '';
}

interface Awaited {
  readonly site: string;
  readonly id: string;
  readonly waiting: Extract<Waiting, { readonly for: 'answer' }>;
}

/** What the way did not carry is tried again; what the publisher refused must be mended first. */
function describeFailure({ since, code, message }: Extract<Waiting, { readonly for: 'retry' }>): string {
  const what = code.startsWith('CON-T') ? 'waiting to be tried again' : 'failed';
  const next = isErrorCode(code) ? `. Next: ${errorCodes[code]}` : '';
  return `${what} since ${formatTime(since)}: ${message}${next} (${code})`;
}

/** Rows may have been written by another version. */
function isErrorCode(code: string): code is ErrorCode {
  return code in errorCodes;
}
