import type { ObjectReader } from '../../ports/object-reader.ts';

/**
 * The place of the log up to which everything was written before a time; found by halving. What garbage collection took counts as written before. Where a clock
 * was wrong, it is one of the places that fit.
 */
export async function writtenBefore(
  store: Pick<ObjectReader, 'head' | 'positionAt' | 'revision'>,
  time: number,
): Promise<number> {
  let [before, from] = [0, (await store.head()).seq + 1];
  while (from - before > 1) {
    const middle = Math.floor((before + from) / 2);
    const { seq, at } = await writtenAt(store, middle, from);
    if (at < time) before = seq;
    else from = middle;
  }
  return before;
}

/** When the entry was written; that of the next one, where it only begins an epoch. */
async function writtenAt(
  store: Pick<ObjectReader, 'positionAt' | 'revision'>,
  first: number,
  end: number,
): Promise<{ readonly seq: number; readonly at: number }> {
  for (let seq = first; seq < end; seq += 1) {
    const revision = await store.revision(seq);
    if (revision !== undefined) return { seq, at: revision.receivedAt };
    if ((await store.positionAt(seq)) === undefined) return { seq, at: -Infinity };
  }
  return { seq: first, at: Infinity };
}
