import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import type { HandClock } from './memory-site.ts';
import { TestSite } from './synced-sites.ts';
import type { XmlLimits } from '../../src/xml/limits.ts';

/** Where sites of a test have their files. */
export interface SiteFiles {
  /** The file of that name, which need not be there. */
  readonly file: (name: string) => string;
  /** A copy of a site's file as it is now, as a backup makes it. */
  readonly backUp: (site: TestSite) => string;
}

/** A folder for the files of sites: new for each test of the file or block that calls this, and gone after it. */
export function siteFiles(): SiteFiles {
  let folder = '';
  let copies = 0;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'concord-sites-'));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });
  const file = (name: string): string => join(folder, `${name}.sqlite`);
  return {
    file,
    backUp: ({ database }) => {
      copies += 1;
      const backup = file(`backup-${copies}`);
      database.run('VACUUM INTO ?', backup);
      return backup;
    },
  };
}

/** The site that a file was of, with a new epoch, as `concord restore` makes it. */
export async function restoredSite(
  id: string,
  clock: HandClock,
  file: string,
  xmlLimits?: XmlLimits,
): Promise<TestSite> {
  const site = new TestSite(id, clock, { file, ...(xmlLimits !== undefined && { xmlLimits }) });
  await site.context.store.startEpoch();
  return site;
}
