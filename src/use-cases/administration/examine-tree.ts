import { topGid } from '../../objects/gid.ts';
import type { Revision } from '../../objects/revision.ts';
import type { Version } from '../../objects/version.ts';
import type { SiteContext } from '../site-context.ts';
import type { Finding } from './finding.ts';

const pageSize = 200;
const check = 'tree';

/** What the log says of a site, up to a place. */
export interface LogSays {
  readonly seq: number;
  /** How many objects it has that are present. */
  readonly present: number;
}

/** How many of these entries of the log are the newest of an object that is present. */
export async function countPresent({ store }: SiteContext, entries: readonly Revision[]): Promise<number> {
  const newest = await store.current(entries.map(({ version }) => version.gid));
  return entries.filter(({ seq, state, version }) => state === 'present' && newest.get(version.gid)?.seq === seq)
    .length;
}

/** Holds the tree, which is what people and syncs see, to the log, which is what it was made of. */
export async function examineTree(context: SiteContext, log: LogSays): Promise<Finding> {
  const { store } = context;
  const wrong: string[] = [];
  let found = 0;
  const folders = [topGid];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop())
    for await (const page of pagesBelow(context, folder)) {
      const newest = await store.current(page.map(({ gid }) => gid));
      const seen = new Set<Version['gid']>();
      for (const version of page) {
        const isOne = version.parent === folder && !seen.has(version.gid);
        if (!isOne || !isAsWritten(version, newest.get(version.gid))) wrong.push(version.gid);
        if (!isOne) continue;
        seen.add(version.gid);
        folders.push(version.gid);
        found += 1;
      }
    }
  if ((await store.head()).seq !== log.seq)
    return { check, state: 'fine', text: 'not compared with the log, because the site was written to meanwhile' };
  if (wrong.length === 0 && found === log.present)
    return { check, state: 'fine', text: `${found} objects, all as the log has them` };
  const first = wrong[0] === undefined ? '' : `; ${wrong.length} are not as it has them, the first: ${wrong[0]}`;
  const text = `${found} objects, and ${log.present} in the log${first}. Restore the last backup`;
  return { check, state: 'fault', text };
}

async function* pagesBelow({ store }: SiteContext, folder: Version['gid']): AsyncGenerator<readonly Version[]> {
  for (let after = ''; ;) {
    const page = await store.children(folder, { after, limit: pageSize });
    yield page;
    const last = page.at(-1);
    if (last === undefined || page.length < pageSize) return;
    after = last.id;
  }
}

function isAsWritten(version: Version, newest: Revision | undefined): boolean {
  if (newest?.state !== 'present') return false;
  const { parent, id, documentDigest } = newest.version;
  return version.parent === parent && version.id === id && version.documentDigest === documentDigest;
}
