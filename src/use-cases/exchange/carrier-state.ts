import type { PeerNumber } from '../../objects/revision.ts';
import type { CarrierNote, Trouble } from '../../ports/carrier-notes.ts';
import type { SiteContext } from '../site-context.ts';

type Noting = Pick<SiteContext, 'carrierNotes' | 'clock'>;

/** A mailbox that the site watches. */
export interface MailboxState {
  readonly name: string;
  readonly lastReceivedAt: number | undefined;
  /** Why it cannot be used at the moment. */
  readonly trouble: Trouble | undefined;
}

const mailbox = 'mailbox:';
const mostText = 500;

/** What is known of the mails, or files, to and from a peer; undefined where none has been carried. */
export async function carrierStateOf({ carrierNotes }: Noting, peer: PeerNumber): Promise<CarrierNote | undefined> {
  return (await carrierNotes?.notes())?.get(aboutPeer(peer));
}

/** The mailboxes that were watched, by name. */
export async function mailboxStates({ carrierNotes }: Noting): Promise<readonly MailboxState[]> {
  const notes = [...((await carrierNotes?.notes()) ?? [])].filter(([about]) => about.startsWith(mailbox));
  return notes
    .map(([about, { lastReceivedAt, trouble }]) => ({ name: about.slice(mailbox.length), lastReceivedAt, trouble }))
    .toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

/** A message to this peer was handed over. */
export async function noteSent({ carrierNotes, clock }: Noting, peer: PeerNumber): Promise<void> {
  await carrierNotes?.note(aboutPeer(peer), { lastSentAt: clock.now() });
}

/** A message of this peer has come: what could not be delivered before is of no account any more. */
export async function noteReceived({ carrierNotes, clock }: Noting, peer: PeerNumber): Promise<void> {
  await carrierNotes?.note(aboutPeer(peer), { lastReceivedAt: clock.now(), trouble: null });
}

/** A message to this peer could not be delivered. */
export async function noteUndelivered(context: Noting, peer: PeerNumber, why: string): Promise<void> {
  await context.carrierNotes?.note(aboutPeer(peer), { trouble: troubleNow(context, why) });
}

/** This peer is a peer no more. Before it goes: a note must not outlive whom it is about. */
export async function forgetCarrier({ carrierNotes }: Noting, peer: PeerNumber): Promise<void> {
  await carrierNotes?.forget(aboutPeer(peer));
}

/** The mailboxes that are watched from now on: others are not shown any more. */
export async function keepMailboxes(context: Noting, names: readonly string[]): Promise<void> {
  for (const { name } of await mailboxStates(context))
    if (!names.includes(name)) await context.carrierNotes?.forget(`${mailbox}${name}`);
}

/** A mailbox was looked into, and cannot be used, for the reason that is given; without one it can. */
export async function noteMailbox(
  context: Noting,
  name: string,
  news: { readonly why?: string; readonly hasReceived?: boolean },
): Promise<void> {
  const { why, hasReceived = false } = news;
  await context.carrierNotes?.note(`${mailbox}${name}`, {
    trouble: why === undefined ? null : troubleNow(context, why),
    ...(hasReceived && { lastReceivedAt: context.clock.now() }),
  });
}

function troubleNow({ clock }: Noting, why: string): Trouble {
  return { at: clock.now(), text: why.slice(0, mostText) };
}

function aboutPeer(peer: PeerNumber): string {
  return `peer:${String(peer)}`;
}
