import { z } from 'zod';
import { listChildren } from '../../use-cases/objects/read-object.ts';
import { objectHref, withQuery } from './addresses.ts';
import { nameOf, objectPage } from './object-frame.ts';
import type { SitePage } from './page.ts';
import { definePage } from './page.ts';

/** An object in the list of a folder. */
export interface ContentsRow {
  readonly id: string;
  readonly href: string;
  readonly type: string;
}

/** What the list of a folder shows. */
export interface ContentsView {
  readonly rows: readonly ContentsRow[];
  /** The next page; undefined on the last. */
  readonly next: string | undefined;
  /** The first page; undefined on it. */
  readonly first: string | undefined;
}

const pageSize = 50;

/** The list of what is directly in a folder, or in the site. */
export const contentsPages: readonly SitePage[] = [
  definePage({
    template: '/{path}/manage_contents',
    roles: ['Publisher', 'Member'],
    query: z.object({ after: z.string().optional() }),
    async show(call) {
      const { context, path, query } = call;
      const { site } = context;
      // One more, to know whether there is another page.
      const found = await listChildren(context, path, {
        limit: pageSize + 1,
        ...(query.after === undefined ? {} : { after: query.after }),
      });
      const rows = found.slice(0, pageSize).map(({ id, type }) => ({
        id,
        type,
        href: objectHref(site, [...path, id], 'manage_view'),
      }));
      const last = found.length > pageSize ? rows.at(-1)?.id : undefined;
      const view: ContentsView = {
        rows,
        next: last === undefined ? undefined : withQuery(objectHref(site, path, 'manage_contents'), { after: last }),
        first: query.after === undefined ? undefined : objectHref(site, path, 'manage_contents'),
      };
      return objectPage(call, {
        template: 'contents',
        tab: 'manage_contents',
        title: nameOf(call),
        view,
        isCovered: false,
      });
    },
  }),
];
