import type { Change } from '../../synchronization/change.ts';
import { largeOctets } from './engine-services.ts';

/** Called with each change that is taken in. What it may return is waited for before the next. */
export type BetweenChanges = (change: Change) => Promise<void> | undefined;

/** How many characters of a message are taken in before what that left behind is let go of. Each time costs as much as some hundred changes: once for ten million. */
const stretch = 8_000_000;
/** What a change has beside its document, roughly. */
const envelope = 300;

const nothing: BetweenChanges = () => undefined;

/**
 * Has memory freed now and then while the changes of a large message are taken in one after the other: each leaves something behind, and all of it would be there
 * together at the end, beside the message. Small messages pay nothing for it, and neither do ways on which nobody frees memory.
 */
export function freedBetween(
  changes: readonly Change[],
  freeMemory: (() => Promise<void>) | undefined,
): BetweenChanges {
  if (freeMemory === undefined) return nothing;
  let whole = 0;
  for (const change of changes) whole += charactersOf(change);
  if (whole < largeOctets) return nothing;
  let taken = 0;
  return (change) => {
    taken += charactersOf(change);
    if (taken < stretch) return undefined;
    taken = 0;
    return freeMemory();
  };
}

function charactersOf(change: Change): number {
  return envelope + (change.kind === 'put' && 'text' in change.document ? change.document.text.length : 0);
}
