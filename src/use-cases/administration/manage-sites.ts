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
