import { z } from 'zod';
import { readObject } from '../../use-cases/objects/read-object.ts';
import { isTaken, objectHref } from './addresses.ts';
import { definePage } from './page.ts';

/** Where a browser arrives that is given the address of an object, or of the site: at its contents, or at the object where there is nothing below. */
export const landingPage = definePage({
  template: '/{path}',
  roles: ['Publisher', 'Member'],
  query: z.object({}),
  isShared: true,
  isElsewhere: (segments) => isTaken(segments[0] ?? '') || segments.at(-1) === 'asXML',
  async show({ context, path }) {
    const { site, store } = context;
    if (path.length === 0) return { kind: 'see-other', to: objectHref(site, path, 'manage_contents') };
    const { gid } = await readObject(context, path);
    const [below] = await store.children(gid, { limit: 1 });
    return { kind: 'see-other', to: objectHref(site, path, below === undefined ? 'manage_view' : 'manage_contents') };
  },
});
