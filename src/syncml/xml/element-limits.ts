import type { MessageLimits } from '../limits.ts';
import type { SyncMlElement } from './element.ts';

/** The parts of a Meta that are not EMI, generously. */
const otherMetaParts = 16;

/** The elements that a message may have only so many of. */
export const commandNames: ReadonlySet<string> = new Set(
  'Add Alert Atomic Copy Delete Exec Get Item Map MapItem Move Put Replace Results Search Sequence Status Sync'.split(
    ' ',
  ),
);

/** Whether an element is a Meta that has so many parts that one more would be over the limit of EMI tokens. */
export function isMetaFull({ name, children }: SyncMlElement, limits: MessageLimits): boolean {
  return name === 'Meta' && children.length > limits.maxEmiTokens + otherMetaParts;
}
