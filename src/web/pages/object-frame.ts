import { objectHref } from './addresses.ts';
import type { Crumb, Page, PageCall, Tab } from './page.ts';

/** The pages that every object has. */
const objectPages = ['manage_contents', 'manage_view', 'manage_edit', 'manage_history'] as const;

/** What is said of a page of an object beside its content. */
export interface ObjectPage {
  readonly template: string;
  /** The tab that is lit; none for what hangs on another. */
  readonly tab: string;
  readonly title: string;
  readonly view: object;
  readonly status?: number;
  /** Stands last on the way to the page, behind the object. */
  readonly step?: string;
  /** Whether a publication or subscription covers the object. */
  readonly isCovered: boolean;
}

type Call = Pick<PageCall<unknown>, 'context' | 'path' | 't'>;

/** A page of an object, or of the site itself, with the way to it and its tabs. */
export function objectPage(call: Call, page: ObjectPage): Page {
  const { template, title, view, status = 200 } = page;
  return {
    kind: 'page',
    template,
    title,
    area: 'objects',
    crumbs: crumbsOf(call, page.step),
    tabs: tabsOf(call, page),
    view,
    status,
  };
}

/** The last id of a path; for the site itself its own. */
export function nameOf({ context, path }: Pick<Call, 'context' | 'path'>): string {
  return path.at(-1) ?? context.site;
}

function crumbsOf({ context, path }: Call, step: string | undefined): readonly Crumb[] {
  const { site } = context;
  const ids = [site, ...path];
  const crumbs = ids.map((label, at) => ({ label, href: objectHref(site, path.slice(0, at), 'manage_contents') }));
  return step === undefined ? [...crumbs.slice(0, -1), { label: ids.at(-1) ?? site }] : [...crumbs, { label: step }];
}

function tabsOf({ context, path, t }: Call, { tab, isCovered }: ObjectPage): readonly Tab[] {
  const isSite = path.length === 0;
  const wanted = isSite ? ['manage_contents'] : [...objectPages, ...(isCovered ? ['manage_synchronize'] : [])];
  return [
    ...wanted.map((page) => ({
      label: t(`tab.${page}`),
      href: objectHref(context.site, path, page),
      isCurrent: page === tab,
    })),
    ...(isSite
      ? [
          {
            label: t('tab.manage_deleted'),
            href: objectHref(context.site, path, 'manage_deleted'),
            isCurrent: tab === 'manage_deleted',
          },
        ]
      : []),
    { label: t('tab.asXML'), href: objectHref(context.site, path, 'asXML'), isCurrent: false },
  ];
}
