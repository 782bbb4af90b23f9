import { describe, it } from 'vitest';
import type { ActivityQueue } from '../../src/ports/activity-queue.ts';
import type { SiteStore } from '../../src/ports/site-store.ts';

/** A site's store to be tried. What an adapter cannot offer is left out, and the rules that need it are skipped by name. */
export interface StoreFixture {
  readonly store: SiteStore;
  readonly queue: ActivityQueue;
  /** Another store on the same data, as another process would have it; closed with the fixture. */
  readonly openAnother?: () => Promise<SiteStore>;
  /** Lets the disk be full; what it returns makes room again. */
  readonly fillDisk?: () => Promise<() => Promise<void>>;
  close(): Promise<void>;
}

/** A rule of the contract. It is a value, so that a test can show that a broken adapter breaks it. */
export interface StoreRule {
  readonly says: string;
  readonly needs?: 'openAnother' | 'fillDisk';
  readonly check: (fixture: StoreFixture) => Promise<void>;
}

/** Opens a new store, tries the rule on it, and closes it whatever comes. */
export async function tryRule(rule: StoreRule, open: () => Promise<StoreFixture>): Promise<void> {
  const fixture = await open();
  try {
    await rule.check(fixture);
  } finally {
    await fixture.close();
  }
}

/** The rules as tests. `lacks`: what the adapter does not offer. */
export function describeRules(
  name: string,
  rules: readonly StoreRule[],
  open: () => Promise<StoreFixture>,
  lacks: readonly StoreRule['needs'][] = [],
): void {
  describe(name, () => {
    for (const rule of rules) {
      const isLacking = rule.needs !== undefined && lacks.includes(rule.needs);
      it.skipIf(isLacking)(isLacking ? `${rule.says} (the adapter lacks ${rule.needs ?? ''})` : rule.says, async () =>
        tryRule(rule, open),
      );
    }
  });
}
