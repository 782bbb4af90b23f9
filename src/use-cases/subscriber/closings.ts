import type { Gid } from '../../objects/gid.ts';
import type { Change } from '../../synchronization/change.ts';
import type { SubscriberSession, Subscription } from '../../synchronization/subscription.ts';
import type { SyncWriter } from '../../synchronization/wire/sync-writer.ts';
import type { Filling } from '../exchange/fill-message.ts';
import type { SiteContext } from '../site-context.ts';

/** Where a subscriber stands in a session. */
interface Place {
  readonly context: Pick<SiteContext, 'store'>;
  readonly subscription: Subscription;
  readonly session: SubscriberSession;
}

/** So few that those of one object stand in Meta (docs/adr/0026-long-lists.md): what only closes conflicts never goes in pieces. */
const pageSize = 25;

/**
 * The conflicts that were settled here and go out as closed with a session: those settled before it was opened. A message reads as many of them as it tells,
 * however many there are.
 */
export class Closings {
  readonly #place: Place;

  constructor(place: Place) {
    this.#place = place;
  }

  /** Those that go with the change of their object; undefined when there are none at all, so that nobody need ask. */
  async ofObjects(): Promise<Filling['closingsOf']> {
    if ((await this.#page({ limit: 1 })).length === 0) return undefined;
    return async (gid) => (await this.#page({ gid })).map(({ id }) => id);
  }

  /**
   * Adds those that go without content, as they stand in the list from where the last message ended, until the message is full. Those that went with a change are
   * closed already, and closing twice changes nothing.
   */
  async addTo(writer: SyncWriter): Promise<{ readonly isDone: boolean; readonly upTo: number }> {
    const { readAt, toldUpTo = 0 } = this.#place.session;
    for (let upTo = toldUpTo; ;) {
      const page = await this.#page({ listedAfter: upTo, limit: pageSize });
      const closes = new Map<Gid, string[]>();
      for (const { gid, id } of page) closes.set(gid, [...(closes.get(gid) ?? []), id]);
      const changes = [...closes].map(([gid, ids]): Change => ({
        kind: 'close',
        gid,
        number: readAt.seq,
        closes: ids,
      }));
      for (const [at, change] of changes.entries())
        if (writer.add(change).outcome === 'full')
          return { isDone: false, upTo: beforeFirst(page, changes.slice(at), upTo) };
      upTo = page.at(-1)?.listedAt ?? upTo;
      if (page.length < pageSize) return { isDone: true, upTo };
    }
  }

  async #page(filter: {
    readonly gid?: Gid;
    readonly listedAfter?: number;
    readonly limit?: number;
  }): Promise<readonly Listed[]> {
    const { context, subscription, session } = this.#place;
    const of = { peer: subscription.peer, role: 'subscriber', state: 'closing', ...filter } as const;
    const found = await context.store.conflicts(of);
    return found.filter(({ listedAt }) => listedAt <= session.conflictsUpTo);
  }
}

interface Listed {
  readonly id: string;
  readonly gid: Gid;
  readonly listedAt: number;
}

/** Just before the first conflict whose object had no room: what is told again behind it does no harm. */
function beforeFirst(page: readonly Listed[], left: readonly Change[], upTo: number): number {
  const gids = new Set(left.map(({ gid }) => gid));
  const at = page.findIndex(({ gid }) => gids.has(gid));
  return page[at - 1]?.listedAt ?? upTo;
}
