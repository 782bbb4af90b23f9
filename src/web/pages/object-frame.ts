import type { Gid } from '../../objects/gid.ts';
import { topGid } from '../../objects/gid.ts';
import type { Version } from '../../objects/version.ts';
import type { Coverage, Rooted } from '../../use-cases/objects/object-standing.ts';
import { coverageBelow, rootedAt } from '../../use-cases/objects/object-standing.ts';
import { readObject } from '../../use-cases/objects/read-object.ts';
import { objectHref } from './addresses.ts';
import type { Crumb, Page, PageCall, Tab } from './page.ts';

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
  /** Whether a publication or subscription covers the object, or it is the folder of one. */
  readonly isCovered: boolean;
  readonly conflicts?: number;
}

type Call = Pick<PageCall<unknown>, 'context' | 'path' | 't'>;

/** An object to be shown, and what it is a part of. */
export interface LoadedObject {
  readonly version: Version;
  readonly coverage: Coverage;
  readonly rooted: Rooted;
  readonly isCovered: boolean;
  readonly conflicts: number;
}

/** The object of the address, with what covers it. @throws RequestError CON-R002 */
export async function loadObject({ context, path }: Pick<Call, 'context' | 'path'>): Promise<LoadedObject> {
  const version = await readObject(context, path);
  const coverage = await coverageBelow(context, version.parent);
  const rooted = await rootedAt(context, version.gid);
  const { publications, subscriptions } = rooted;
  const isCovered =
    coverage.publications.length + coverage.peers.length + publications.length + subscriptions.length > 0;
  const conflicts = isCovered ? await context.store.countConflicts({ state: 'open', gid: version.gid }) : 0;
  return { version, coverage, rooted, isCovered, conflicts };
}

/** The folder of the address: its gid, and what covers it itself; the top of the site for the empty path. @throws RequestError CON-R002 */
export async function loadFolder(
  call: Pick<Call, 'context' | 'path'>,
): Promise<{ readonly gid: Gid; readonly object: LoadedObject | undefined }> {
  if (call.path.length === 0) return { gid: topGid, object: undefined };
  const object = await loadObject(call);
  return { gid: object.version.gid, object };
}

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
  // The site itself is named above already.
  if (path.length === 0 && step === undefined) return [];
  const ids = [site, ...path];
  const crumbs = ids.map((label, at) => ({ label, href: objectHref(site, path.slice(0, at), 'manage_contents') }));
  return step === undefined ? [...crumbs.slice(0, -1), { label: ids.at(-1) ?? site }] : [...crumbs, { label: step }];
}

function tabsOf({ context, path, t }: Call, { tab, isCovered, conflicts = 0 }: ObjectPage): readonly Tab[] {
  const ofObjects = path.length === 0 ? [] : ['manage_view', 'manage_edit'];
  const wanted = [...ofObjects, 'manage_contents', ...(path.length === 0 ? [] : ['manage_history'])];
  // What was deleted is asked for where one looks at what is there.
  const deleted = path.length === 0 || tab === 'manage_contents' || tab === 'manage_deleted' ? ['manage_deleted'] : [];
  const tabs = [...wanted, ...(isCovered ? ['manage_synchronize'] : []), ...deleted, 'asXML'];
  return tabs.map((page) => ({
    label: t(`tab.${page}`),
    href: objectHref(context.site, path, page),
    isCurrent: page === tab,
    ...(page === 'manage_synchronize' ? { count: conflicts } : {}),
  }));
}
