import { watchMailbox } from '../adapters/mail/imap-mailbox.ts';
import type { RunningReceiver } from '../adapters/mail/mail-receiver.ts';
import { startReceiver } from '../adapters/mail/mail-receiver.ts';
import { PostalMailReader } from '../adapters/mail/postal-mail-reader.ts';
import { freeMemory } from '../adapters/system/free-memory.ts';
import type { EngineParts } from './engine-parts.ts';
import { carriedServices } from './engine.ts';
import type { Followed } from './followed.ts';
import { followed } from './followed.ts';
import type { ReportFault } from './log.ts';
import { operatorScript } from './operator-script.ts';
import { trustedAuthorities } from './smtp.ts';
import type { Composition } from './compose.ts';
import type { MailboxPlace } from '../configuration/configuration.ts';
import { ConfigurationError } from '../errors/concord-error.ts';
import type { MailReader, ParsedMail } from '../ports/mail-reader.ts';
import { mailAddress } from '../synchronization/mail-files.ts';
import type { MailDecision, MailOutcome } from '../use-cases/exchange/receive-mail.ts';
import { keepMailboxes, noteMailbox } from '../use-cases/exchange/carrier-state.ts';
import { receiveMail } from '../use-cases/exchange/receive-mail.ts';
import { signIn } from '../use-cases/administration/access.ts';
import type { Actor, SiteContext } from '../use-cases/site-context.ts';

/** Takes in one mail for a site. Throws as `receiveMail` does. */
export function takeMail(context: SiteContext, parts: EngineParts, mail: Uint8Array): Promise<MailOutcome> {
  // Not `async`, and out of the hands of whoever follows it: a large mail goes while its message is taken in.
  const held = [mail];
  return followed({ context, parts }, (place) => takeFollowed(place, held.splice(0)));
}

function takeFollowed(
  { context, parts }: Followed,
  [mail = new Uint8Array()]: readonly Uint8Array[],
): Promise<MailOutcome> {
  const { configuration, transport, node } = parts;
  const { maxReceivedOctets, received } = configuration.mail;
  // Wrong passwords inside of mails count like all others; where a mail says that it comes from proves nothing, so all mail is one place.
  const authenticate = (name: string, password: string): Promise<Actor> =>
    signIn(context, { name, password, address: 'mail' });
  return receiveMail(context, mail, {
    services: { ...carriedServices(context, parts), authenticate },
    transport,
    holder: `${node}/${context.identifiers.random()}`,
    reader: mailReader,
    maxMailOctets: maxReceivedOctets,
    ...(received !== undefined && { decide: (parsed: ParsedMail) => decideBy(received, parsed) }),
  });
}

const mailReader: MailReader = new PostalMailReader();

/** Runs the operator's script: a module whose default export is told what the mail is. @throws ConfigurationError CON-C001 when it is none */
async function decideBy(file: string, mail: ParsedMail): Promise<MailDecision> {
  const decide = await operatorScript(file);
  const files = mail.files.map(({ name, mediaType, octets }) => ({ name, mediaType, size: octets.length }));
  return decisionOf(await decide({ ...mail, files }), file);
}

function decisionOf(said: unknown, file: string): MailDecision {
  switch (said) {
    case 'publication':
    case 'subscription':
    case 'both':
    case 'ignore':
      return said;
    case undefined:
      return 'both';
    default:
      if (typeof said === 'object' && said !== null && 'refuse' in said && typeof said.refuse === 'string')
        return { refuse: said.refuse };
      throw new ConfigurationError(
        'CON-C001',
        `The script ${file} must return publication, subscription, both, ignore or {refuse: text}`,
      );
  }
}

/** Receiver and mailboxes, until they are disposed of. */
export async function startMail(composition: Composition, reportFault: ReportFault): Promise<AsyncDisposable> {
  const stop = new AbortController();
  const receiver = await startOwnReceiver(composition, reportFault);
  await forgetOthers(composition).catch((cause: unknown) => {
    reportFault(cause, { part: 'mailboxes' });
  });
  const watching = composition.configuration.mail.mailboxes.map((mailbox) =>
    watchFor(composition, mailbox, { reportFault, signal: stop.signal }),
  );
  return {
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await receiver?.[Symbol.asyncDispose]();
      await Promise.all(watching);
    },
  };
}

/** Operators are not shown mailboxes that are watched no more. */
async function forgetOthers({ configuration, installation, site }: Composition): Promise<void> {
  for (const { id } of await installation.sites()) {
    const watched = configuration.mail.mailboxes.filter((mailbox) => mailbox.site === id);
    await keepMailboxes(await site(id), watched.map(nameOf));
  }
}

/** What operators call a mailbox; nothing of its password. */
function nameOf({ url, folder }: MailboxPlace): string {
  const { username, hostname } = new URL(url.reveal());
  return `${decodeURIComponent(username)} at ${hostname}, ${folder}`;
}

/** The receiver of the configuration; undefined where none is wanted. @throws ConfigurationError CON-C002 when its port is in use */
async function startOwnReceiver(
  composition: Composition,
  reportFault: ReportFault,
): Promise<RunningReceiver | undefined> {
  const { receiver, maxReceivedOctets } = composition.configuration.mail;
  if (receiver.port === 0) return undefined;
  return startReceiver(
    { ...receiver, maxMailOctets: maxReceivedOctets },
    {
      knows: async (address) => (await siteOf(composition, address)) !== undefined,
      // Not `async`: the mail is large, and goes while it is taken in.
      take: (address, mail) =>
        siteOf(composition, address).then((context) =>
          context === undefined
            ? `Nobody here has the address ${address}`
            : takeMail(context, composition, mail).then(refusalOf),
        ),
      reportFault: (error) => {
        reportFault(error, { part: 'mail receiver' });
      },
      freeMemory: () => freeMemory('recent'),
    },
  );
}

function refusalOf(outcome: MailOutcome): string | undefined {
  return outcome.outcome === 'refused' ? outcome.why : undefined;
}

/** The site that has a publication or a subscription with this address. */
async function siteOf({ installation, site }: Composition, address: string): Promise<SiteContext | undefined> {
  for (const { id } of await installation.sites()) {
    const context = await site(id);
    const publications = (await context.store.publications()).map(({ url }) => url);
    const subscriptions = (await context.store.subscriptions()).map(({ subscriptionUrl }) => subscriptionUrl);
    if ([...publications, ...subscriptions].some((url) => mailAddress(url) === address)) return context;
  }
  return undefined;
}

/** How many faults of a mailbox are remembered as told. */
const mostTold = 20;

async function watchFor(
  composition: Composition,
  place: MailboxPlace,
  { reportFault, signal }: { readonly reportFault: ReportFault; readonly signal: AbortSignal },
): Promise<void> {
  const { configuration, clock } = composition;
  const { site, url, ...mailbox } = place;
  const settings = { ...mailbox, url: url.reveal(), ca: trustedAuthorities(configuration.transport.caFile) };
  const name = nameOf(place);
  // The first look that finds nothing wrong ends what was noted by a process before this one.
  let isWell = false;
  const told = new Set<string>();
  const note = (news: { readonly why?: string; readonly hasReceived?: boolean }): void => {
    void noteMailboxAt(composition, { site, name }, news).catch((cause: unknown) => {
      reportFault(cause, { site, mailbox: mailbox.folder });
    });
  };
  await watchMailbox(
    { ...settings, maxMailOctets: configuration.mail.maxReceivedOctets },
    {
      take: async (mail) => {
        const { outcome } = await takeMail(await composition.site(site), composition, mail);
        note({ hasReceived: true });
        return outcome === 'taken' || outcome === 'kept';
      },
      tooLarge: async (octets) => {
        const context = await composition.site(site);
        const text = `A mail of ${octets} octets was not read; the limit is mail.maxReceivedOctets`;
        const line = {
          at: clock.now(),
          kind: 'sync',
          level: 'warning',
          subject: mailbox.folder,
          text,
          details: {},
        } as const;
        await context.store.record(line);
      },
      reportFault: (error) => {
        isWell = false;
        const text = error instanceof Error ? error.message : String(error);
        // What goes on failing is one line, not one for each try.
        if (told.has(text)) return;
        if (told.size >= mostTold) told.clear();
        told.add(text);
        reportFault(error, { site, mailbox: mailbox.folder });
        note({ why: text });
      },
      worked: () => {
        if (isWell) return;
        isWell = true;
        told.clear();
        note({});
      },
      clock,
    },
    signal,
  );
}

/** Where operators look: with the state of the site; a fault in its log too. */
async function noteMailboxAt(
  composition: Composition,
  { site, name }: { readonly site: string; readonly name: string },
  news: { readonly why?: string; readonly hasReceived?: boolean },
): Promise<void> {
  const context = await composition.site(site);
  await noteMailbox(context, name, news);
  if (news.why === undefined) return;
  const line = { at: context.clock.now(), kind: 'sync', level: 'error', subject: '', details: {} } as const;
  await context.store.record({ ...line, text: news.why });
}
