import { openSiteDatabase, SqliteSiteStore } from '../../src/adapters/sqlite/sqlite-site-store.ts';
import { RandomIdentifiers } from '../../src/adapters/system/random-identifiers.ts';
import type { SiteStore } from '../../src/ports/site-store.ts';
import type { EditingContext } from '../../src/use-cases/objects/local-edits.ts';

/** A clock that a test moves by hand. */
export class HandClock {
  at = Date.UTC(2026, 0, 1);

  now(): number {
    return this.at;
  }

  async sleep(): Promise<void> {}
}

/** A site in memory, with what use-cases on objects need. */
export interface MemorySite extends EditingContext {
  readonly store: SiteStore;
  readonly clock: HandClock;
}

/** Opens an empty site that lasts as long as the test holds it. */
export function openMemorySite(id = 'cps'): MemorySite {
  const clock = new HandClock();
  const identifiers = new RandomIdentifiers();
  return { store: new SqliteSiteStore(openSiteDatabase(':memory:'), id, { clock, identifiers }), clock, identifiers };
}
