import type { Policy } from '../../src/synchronization/publication.ts';
import { policies } from '../../src/synchronization/publication.ts';
import type { Action, Mode } from '../../src/synchronization/subscription.ts';
import { actions, modes } from '../../src/synchronization/subscription.ts';
import type { Occurrences } from './occurrences.ts';

/** What people may do to a tree, beside editing a field. */
export const inTrees = {
  below: 'a tree: made below another object',
  moved: 'a tree: moved',
  renamed: 'a tree: renamed',
  deletedWhole: 'a tree: deleted with what is below it',
  turned: 'a tree: a folder comes into the query or leaves it',
} as const;

/** What a publisher decides by. */
interface Decisions {
  readonly conflictPolicy?: Policy | undefined;
  readonly updatePolicy?: Policy | undefined;
}

/** Counts what somebody set at a publication. */
export function noteDecisions(
  occurrences: Occurrences,
  who: 'a publication' | 'a subscription',
  { conflictPolicy, updatePolicy }: Decisions,
): void {
  occurrences.count(conflictsBy(who, conflictPolicy));
  occurrences.count(updatesBy(who, updatePolicy));
}

/** Counts what somebody set at a subscription. */
export function noteSettings(
  occurrences: Occurrences,
  settings: Decisions & { readonly mode: Mode; readonly strategy: readonly Action[] },
): void {
  occurrences.count(modeIs(settings.mode));
  for (const action of actions) if (!settings.strategy.includes(action)) occurrences.count(without(action));
  noteDecisions(occurrences, 'a subscription', settings);
}

const conflictsBy = (who: string, policy: Policy | undefined): string =>
  `settings: conflicts of ${who} by ${policy ?? 'nothing'}`;
const updatesBy = (who: string, policy: Policy | undefined): string =>
  `settings: updates of ${who} ${policy === undefined || policy === 'ASK' ? 'are applied' : 'by a policy'}`;
const modeIs = (mode: string): string => `settings: mode ${mode}`;
const without = (action: string): string => `settings: strategy without ${action}`;

/** Names of what else people set or ask for. */
export const queryIs = (isEverything: boolean): string =>
  `settings: a query for ${isEverything ? 'everything again' : 'a part'}`;
export const rightIs = (what: 'push' | 'pull', right: 'everyone' | readonly string[]): string =>
  `settings: ${right === 'everyone' ? 'everyone' : 'nobody'} may ${what}`;
export const conduitIs = (conduit: string): string => `settings: the conduit ${conduit}`;
export const refreshedFrom = (side: string): string => `§6 refreshed from the ${side}`;

/** What people must have done in a run of many histories. */
export const expectedDeeds: readonly string[] = [
  ...Object.values(inTrees),
  ...modes.map(modeIs),
  ...actions.map(without),
  ...(['a publication', 'a subscription'] as const).flatMap((who) => [
    ...policies.map((policy) => conflictsBy(who, policy)),
    ...[updatesBy(who, 'ASK'), updatesBy(who, 'THIS')],
  ]),
  ...(['push', 'pull'] as const).flatMap((what) => [rightIs(what, []), rightIs(what, 'everyone')]),
  ...[queryIs(false), queryIs(true), conduitIs('object'), conduitIs('text')],
  ...[refreshedFrom('publisher'), refreshedFrom('subscriber')],
];
