/** Which revisions are looked at together when garbage is collected. */
export interface GarbagePage {
  /** Only revisions after this one. */
  readonly after: number;
  readonly oldest: number;
  readonly keep: ReadonlySet<number>;
  readonly limit: number;
}

/** How many revisions of a page went, and where the next page begins; undefined at the end. */
export interface GarbagePageResult {
  readonly removed: number;
  readonly next: number | undefined;
}

const pageSize = 500;

/** Collects one page after the other, so that others can write in between. Returns how many revisions went. */
export async function collectByPages(
  what: Pick<GarbagePage, 'oldest' | 'keep'>,
  collect: (page: GarbagePage) => Promise<GarbagePageResult>,
): Promise<number> {
  let removed = 0;
  let after: number | undefined = 0;
  while (after !== undefined) {
    const done: GarbagePageResult = await collect({ ...what, after, limit: pageSize });
    removed += done.removed;
    after = done.next;
  }
  return removed;
}
