import { policies } from '../../synchronization/publication.ts';
import type { Translate } from './text-catalogue.ts';

/** One of the values of a select. */
export interface Choice {
  readonly value: string;
  readonly label: string;
}

/** Who decides where both sides changed the same. */
export function policyChoices(t: Translate): readonly Choice[] {
  return policies.map((value) => ({ value, label: t(`sync.policy.${value}`) }));
}
