import { z } from 'zod';
import { formatPath, parsePath } from '../../objects/path.ts';
import type { Path } from '../../objects/path.ts';
import type { Revision } from '../../objects/revision.ts';
import type { Version } from '../../objects/version.ts';
import { hasRole } from '../../use-cases/administration/access.ts';
import { coverageBelow, standingsOf } from '../../use-cases/objects/object-standing.ts';
import { searchObjects } from '../../use-cases/objects/search-objects.ts';
import { objectHref, siteHref, withQuery } from './addresses.ts';
import { headOfDocument } from './document-fields.ts';
import { loadFolder, nameOf, objectPage } from './object-frame.ts';
import type { PageCall, PageResult, SitePage } from './page.ts';
import { definePage } from './page.ts';
import type { StateBadge } from './sync-state.ts';
import { standingContext, worstBadge } from './sync-state.ts';

/** An object in the list of a folder, or among what was found. */
export interface ContentsRow {
  readonly id: string;
  /** Of what was found: the folder that it is in. */
  readonly folder: string | undefined;
  readonly href: string;
  readonly title: string | undefined;
  readonly kind: string;
  readonly isFolder: boolean;
  readonly at: number | undefined;
  readonly by: string | undefined;
  readonly state: StateBadge | undefined;
}

/** What the list of a folder shows. */
export interface ContentsView {
  readonly rows: readonly ContentsRow[];
  /** Whether any object of the page has a state: else there is no column for it. */
  readonly hasStates: boolean;
  /** The next page; undefined on the last. */
  readonly next: string | undefined;
  /** The first page; undefined on it. */
  readonly first: string | undefined;
  readonly search: { readonly action: string; readonly text: string; readonly read: number } | undefined;
  readonly addHref: string;
  readonly importHref: string;
  readonly searchAction: string;
  readonly isSite: boolean;
  /** For who may subscribe: the records may come from another site too. */
  readonly subscribeHref: string | undefined;
  readonly name: string;
}

const pageSize = 30;
/** One search looks at so many objects, then shows what it has found and how to go on. */
const searchedAtOnce = 4_000;

const query = z.object({
  after: z.string().optional(),
  search: z.string().trim().max(200).optional(),
  /** So many objects the pages before have looked at. */
  looked: z.coerce.number().int().min(0).catch(0),
});
type Call = PageCall<z.output<typeof query>>;

/** The list of what is directly in a folder, or in the site; and the search below it. */
export const contentsPages: readonly SitePage[] = [
  definePage({ template: '/{path}/manage_contents', roles: ['Publisher', 'Member'], query, show: showContents }),
];

async function showContents(call: Call): Promise<PageResult> {
  const { object, gid } = await loadFolder(call);
  const { search } = call.query;
  const listed = search === undefined || search === '' ? await listPage(call, gid) : await searchPage(call, search);
  const { site } = call.context;
  const view: ContentsView = {
    ...listed,
    hasStates: listed.rows.some(({ state }) => state !== undefined),
    addHref: objectHref(site, call.path, 'manage_add'),
    importHref: objectHref(site, call.path, 'manage_import'),
    searchAction: objectHref(site, call.path, 'manage_contents'),
    isSite: call.path.length === 0,
    subscribeHref: hasRole(call.actor, 'Publisher') ? siteHref(site, ['-', 'guide', 'subscribe']) : undefined,
    name: nameOf(call),
  };
  return objectPage(call, {
    template: 'contents',
    tab: 'manage_contents',
    title: nameOf(call),
    view,
    isCovered: object?.isCovered ?? false,
    conflicts: object?.conflicts ?? 0,
  });
}

type Listed = Pick<ContentsView, 'rows' | 'next' | 'first' | 'search'>;

async function listPage(call: Call, gid: Version['gid']): Promise<Listed> {
  const { context, path } = call;
  const { after } = call.query;
  // One more, to know whether there is another page.
  const options = { limit: pageSize + 1, ...(after === undefined ? {} : { after }) };
  const found = await context.store.children(gid, options);
  const shown = found.slice(0, pageSize);
  const rows = await rowsOf(
    call,
    shown.map((version) => ({ version, path: [...path, version.id] })),
    undefined,
  );
  const last = found.length > pageSize ? shown.at(-1)?.id : undefined;
  const here = objectHref(context.site, path, 'manage_contents');
  return {
    rows,
    next: last === undefined ? undefined : withQuery(here, { after: last }),
    first: after === undefined ? undefined : here,
    search: undefined,
  };
}

async function searchPage(call: Call, text: string): Promise<Listed> {
  const { context, path } = call;
  const after = call.query.after === undefined ? undefined : parsePath(call.query.after);
  const request = { path, text, after, limit: pageSize, mostRead: searchedAtOnce };
  const { found, next, read } = await searchObjects(context, request);
  const looked = read + (after === undefined ? 0 : call.query.looked);
  const here = objectHref(context.site, path, 'manage_contents');
  return {
    rows: await rowsOf(call, found, path),
    next:
      next === undefined
        ? undefined
        : withQuery(here, { search: text, after: formatPath(next), looked: String(looked) }),
    first: after === undefined ? undefined : withQuery(here, { search: text }),
    search: { action: here, text, read: looked },
  };
}

interface Placed {
  readonly version: Version;
  readonly path: Path;
}

/** A row for each object; with `searched`, where they were found below it. */
async function rowsOf(
  call: Call,
  objects: readonly Placed[],
  searched: Path | undefined,
): Promise<readonly ContentsRow[]> {
  const { context } = call;
  const current = await context.store.current(objects.map(({ version }) => version.gid));
  const states = await statesOf(call, [...current.values()]);
  const rows: ContentsRow[] = [];
  for (const { version, path } of objects) {
    const [child] = await context.store.children(version.gid, { limit: 1 });
    const edit = current.get(version.gid)?.edits.main;
    const isFolder = child !== undefined || /portal_type="Folder"/.test(version.document.slice(0, 200));
    rows.push({
      ...headOfDocument(version.document),
      id: version.id,
      folder: searched === undefined ? undefined : formatPath(path.slice(searched.length, -1)),
      href: objectHref(context.site, path, isFolder ? 'manage_contents' : 'manage_view'),
      isFolder,
      at: edit?.at,
      by: edit?.by,
      state: states.get(version.gid),
    });
  }
  return rows;
}

/** By folder, because what covers one object of a folder covers all. */
async function statesOf(
  call: Call,
  revisions: readonly Revision[],
): Promise<ReadonlyMap<string, StateBadge | undefined>> {
  const { context, t } = call;
  const folders = new Map<Version['gid'], Revision[]>();
  for (const revision of revisions) {
    const { parent } = revision.version;
    folders.set(parent, [...(folders.get(parent) ?? []), revision]);
  }
  const states = new Map<string, StateBadge | undefined>();
  for (const [parent, below] of folders) {
    const { peers } = await coverageBelow(context, parent);
    for (const [gid, standings] of await standingsOf(standingContext(call), peers, below))
      states.set(gid, worstBadge(t, standings));
  }
  return states;
}
