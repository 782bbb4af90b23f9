import { logRules } from './store-log-rules.ts';
import { noteRules } from './store-note-rules.ts';
import { objectRules } from './store-object-rules.ts';
import { peerRules } from './store-peer-rules.ts';
import { describeRules, type StoreFixture, type StoreRule } from './store-rule.ts';

/** What every adapter of the SiteStore port promises, as tests. `lacks` names what this one cannot offer. */
export function siteStoreContract(
  name: string,
  open: () => Promise<StoreFixture>,
  lacks: readonly StoreRule['needs'][] = [],
): void {
  describeRules(`${name}: the log`, logRules, open, lacks);
  describeRules(`${name}: objects and collections`, objectRules, open, lacks);
  describeRules(`${name}: peers`, peerRules, open, lacks);
  describeRules(`${name}: notes and lists`, noteRules, open, lacks);
}
