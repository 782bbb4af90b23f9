import type { Path } from '../../objects/path.ts';

// The API and the seed's addresses stand where an object's id may stand.
const taken = new Set([
  'api',
  'sync',
  '-',
  'portal_synchronizations',
  'portal_activities',
  'portal_status',
  'portal_accounts',
  'portal_mailin',
]);

/** Whether what begins with this segment, as it is written in an address, is no object: so one called the same is told apart by an escape. */
export function isTaken(segment: string): boolean {
  return taken.has(segment);
}

/** The address of something below a site: each id escaped. */
export function siteHref(site: string, segments: readonly string[]): string {
  return ['', site, ...segments].map((each) => encodeURIComponent(each)).join('/');
}

/** The address of a page of an object (`manage_view` and such), or of the site itself. */
export function objectHref(site: string, path: Path, page: string): string {
  const [first, ...others] = path;
  if (first === undefined || !isTaken(first)) return siteHref(site, [...path, page]);
  // Escaped without need, the first letter tells an object of this name from what else has its address there.
  const escaped = `%${first.charCodeAt(0).toString(16).toUpperCase()}${encodeURIComponent(first.slice(1))}`;
  return ['', encodeURIComponent(site), escaped, ...[...others, page].map((each) => encodeURIComponent(each))].join(
    '/',
  );
}

/** The address with more of a query behind it, where there is any. */
export function withQuery(address: string, query: Readonly<Record<string, string>>): string {
  const text = new URLSearchParams(query).toString();
  return text === '' ? address : `${address}${address.includes('?') ? '&' : '?'}${text}`;
}

/** The address when it is one of this server, `/cps/…`; otherwise the start page: nobody is sent elsewhere by a link that was made up. */
export function ownAddress(text: string): string {
  return /^\/(?![/\\])[^\\\p{Cc}]*$/u.test(text) ? text : '/';
}
