import { RequestError } from '../../errors/concord-error.ts';
import type { Installation, SiteEntry } from '../../ports/installation.ts';

// These stand where a site's id stands in a URL (design.md §7).
const reservedIds: ReadonlySet<string> = new Set([
  'healthz',
  'readyz',
  'metrics',
  'favicon.ico',
  'robots.txt',
  'static',
  'sign-in',
  'sign-out',
]);

/**
 * Adds a site.
 * @throws RequestError CON-R006 when there is one with this id, CON-R008 when the id cannot stand in a URL or is a URL of the server itself
 */
export async function addSite(
  installation: Installation,
  { id, title }: { readonly id: string; readonly title?: string | undefined },
): Promise<SiteEntry> {
  if (reservedIds.has(id))
    throw new RequestError('CON-R008', `“${id}” is an address of the server itself and cannot be a site`);
  return installation.addSite(id, title ?? id);
}

const namedPeers = 5;

/** Which site is to be removed, and what of it is not in the store. */
export interface RemovedSite {
  readonly id: string;
  readonly isMeant: boolean;
  /** Takes the site's queue away where it is elsewhere; before the site, which a later try can then still name. */
  readonly removeQueue?: ((id: string) => Promise<void>) | undefined;
}

/**
 * Removes a site with all that is in it. Unless it `isMeant`, one that syncs with others is kept.
 * @throws RequestError CON-R001 when there is none; CON-R019 when it has subscriptions or subscribers, whose number the message says
 */
export async function removeSite(installation: Installation, { id, isMeant, removeQueue }: RemovedSite): Promise<void> {
  if (!isMeant) {
    const { store } = await installation.site(id);
    const subscriptions = (await store.subscriptions()).map((each) => each.id);
    const subscribers: string[] = [];
    for (const publication of await store.publications())
      subscribers.push(...(await store.subscribers(publication.id)).map(({ url }) => url));
    const lost = [...counted(subscriptions, 'subscription'), ...counted(subscribers, 'subscriber')];
    if (lost.length > 0)
      throw new RequestError(
        'CON-R019',
        `“${id}” has ${lost.join(' and ')}: its objects and their history, edits that were not sent yet, and all that was agreed with these would be lost`,
      );
  }
  if ((await installation.sites()).some((site) => site.id === id)) await removeQueue?.(id);
  await installation.removeSite(id);
}

function counted(names: readonly string[], what: string): readonly string[] {
  if (names.length === 0) return [];
  const more = names.length > namedPeers ? ', …' : '';
  return [`${names.length} ${what}${names.length === 1 ? '' : 's'} (${names.slice(0, namedPeers).join(', ')}${more})`];
}

/** Where the account of an installation's first Manager is noted as made: it is made once, also when it was removed later. */
const administratorSetting = 'administrator-made';

/** What making the first account takes. */
export interface FirstAccount {
  readonly installation: Installation;
  /** Makes the account of this name and password, good on all sites. */
  readonly makeManager: (name: string, password: string) => Promise<void>;
  readonly password: string;
}

/** The name of the first account. */
export const administratorName = 'admin';

/** Makes the account `admin` in a new installation. Returns its password, which nobody can read again; undefined when it was made before. */
export async function ensureAdministrator({
  installation,
  makeManager,
  password,
}: FirstAccount): Promise<string | undefined> {
  if ((await installation.setting(administratorSetting)) !== undefined) return undefined;
  const isThere = (await installation.accounts.account(administratorName)) !== undefined;
  if (!isThere) await makeManager(administratorName, password);
  await installation.saveSetting(administratorSetting, 'yes');
  return isThere ? undefined : password;
}
