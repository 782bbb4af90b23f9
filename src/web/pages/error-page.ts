import type { ConcordError } from '../../errors/concord-error.ts';
import { parsePath } from '../../objects/path.ts';
import { objectHref, siteHref } from './addresses.ts';
import { describeError } from './fields.ts';
import type { Page } from './page.ts';
import type { Surroundings } from './surroundings.ts';
import type { Translate } from './text-catalogue.ts';

/** What the page of an error shows. */
export interface ErrorView {
  readonly text: string;
  readonly code: string;
  readonly ways: readonly { readonly label: string; readonly href: string }[];
}

const kinds: Readonly<Record<number, string>> = {
  401: 'signedOut',
  403: 'forbidden',
  404: 'vanished',
  409: 'meanwhile',
  412: 'meanwhile',
  413: 'tooLarge',
  429: 'tooOften',
  503: 'busy',
};

/** The page for what cannot be shown or done: what happened, what to do, and where to go on. */
export function errorPage(
  error: ConcordError,
  status: number,
  { context, visitor, t, request }: Surroundings & { readonly t: Translate },
): Page {
  const kind = kinds[status] ?? (status >= 500 ? 'fault' : 'refused');
  const isForm = request.method === 'POST';
  const ways = [
    ...(isForm ? [{ label: t('error.again'), href: request.originalUrl }] : []),
    ...foldersAbove(error, { context, t }),
    ...(context === undefined
      ? []
      : [{ label: t('error.toSite', { site: context.site }), href: siteHref(context.site, ['manage_contents']) }]),
    {
      label: visitor === undefined ? t('error.toSignIn') : t('error.toStart'),
      href: visitor === undefined ? '/sign-in' : '/',
    },
  ];
  const forged = error.code === 'CON-W006' ? t('error.forged') : undefined;
  const view: ErrorView = { text: forged ?? describeError(t, error), code: error.code, ways };
  const headers: Record<string, string> = status === 429 ? { 'Retry-After': '60' } : {};
  return { kind: 'page', template: 'error', title: t(`error.${kind}`), area: 'none', view, status, headers };
}

/** The folder in which something may still be found that is not where it was. */
function foldersAbove(
  { code, details }: ConcordError,
  { context, t }: { readonly context: Surroundings['context']; readonly t: Translate },
): ErrorView['ways'] {
  const { path } = details;
  if (code !== 'CON-R002' || context === undefined || typeof path !== 'string') return [];
  const folder = parsePath(path).slice(0, -1);
  if (folder.length === 0) return [];
  const name = folder.at(-1) ?? '';
  return [{ label: t('error.toFolder', { name }), href: objectHref(context.site, folder, 'manage_contents') }];
}
