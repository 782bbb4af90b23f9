import type { Path } from '../../objects/path.ts';
import { parsePath } from '../../objects/path.ts';

/** The path within a site of what an operator wrote: the site's own id may stand before it, as the seed's `/cps/portal_repository` has it. */
export function pathWithinSite(site: string, text: string): Path {
  const path = parsePath(text);
  return path[0] === site ? path.slice(1) : path;
}
