import { mailAddress } from '../../synchronization/mail-files.ts';
import type { SyncHdr } from '../../syncml/message.ts';
import type { SiteContext } from '../site-context.ts';

/** Whoever corrects a password needs some minutes for it; whoever is written to in somebody else's name gets little. */
const pauseMs = 60 * 60_000;
const mostAddresses = 20;
const forgottenAfterMs = 24 * 60 * 60_000;
const told = 'told:';

/**
 * Whether somebody whose credential was refused is told so by mail, who else would wait for an answer for ever (ADR 0014). Only at the address that the mail itself
 * came from, by a publication that has the address it was sent to, and seldom: anybody can write mails in the name of others. A yes counts as told.
 */
export async function mayTellStranger(
  { store, carrierNotes, clock }: Pick<SiteContext, 'store' | 'carrierNotes' | 'clock'>,
  { source, target }: Pick<SyncHdr, 'source' | 'target'>,
  sender: string | undefined,
): Promise<boolean> {
  const [address, own] = [mailAddress(source.locUri), mailAddress(target.locUri)];
  if (carrierNotes === undefined || address === undefined || address !== sender?.toLowerCase()) return false;
  const publications = await store.publications();
  if (own === undefined || !publications.some(({ url }) => mailAddress(url) === own)) return false;
  const now = clock.now();
  const notes = [...(await carrierNotes.notes())].filter(([about]) => about.startsWith(told));
  const isOld = (at = 0): boolean => at <= now - forgottenAfterMs || at > now;
  for (const [about, { lastSentAt }] of notes) if (isOld(lastSentAt)) await carrierNotes.forget(about);
  const recent = new Map(notes.filter(([, { lastSentAt }]) => !isOld(lastSentAt)));
  const before = recent.get(`${told}${address}`)?.lastSentAt;
  const isTooSoon = before === undefined ? recent.size >= mostAddresses : before > now - pauseMs;
  if (isTooSoon) return false;
  await carrierNotes.note(`${told}${address}`, { lastSentAt: now });
  return true;
}
