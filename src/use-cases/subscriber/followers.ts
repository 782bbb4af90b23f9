import type { Subscription } from '../../synchronization/subscription.ts';
import type { SiteContext } from '../site-context.ts';
import type { FollowHolder } from './follow-lease.ts';
import { FollowLease } from './follow-lease.ts';
import { followLeaseMs } from './follow-note.ts';
import type { FollowServices } from './follow-publication.ts';
import { followPublication } from './follow-publication.ts';

/** What following at all sites takes. */
export interface FollowersOptions extends FollowServices, FollowHolder {
  /** Aborted: all end. */
  readonly signal: AbortSignal;
  readonly reportFault: (error: unknown, site: string) => void;
}

interface Follower {
  /** What it was begun with: other settings need another one. */
  readonly settings: string;
  readonly stop: AbortController;
  readonly ended: Promise<void>;
}

/** Follows for the subscriptions that want it, as far as no other process does. Owns who listens, hence a class. */
export class Followers implements AsyncDisposable {
  readonly #options: FollowersOptions;
  readonly #running = new Map<string, Follower>();

  constructor(options: FollowersOptions) {
    this.#options = options;
  }

  /** Begins and ends what the settings of a site's subscriptions want by now. */
  async look(context: SiteContext): Promise<void> {
    const prefix = `${context.site}/`;
    const wanted = new Map(
      (await context.store.subscriptions()).filter(({ follow }) => follow === true).map((each) => [each.id, each]),
    );
    for (const [key, follower] of this.#running) {
      const subscription = key.startsWith(prefix) ? wanted.get(key.slice(prefix.length)) : undefined;
      if (key.startsWith(prefix) && settingsOf(subscription) !== follower.settings) follower.stop.abort();
    }
    for (const subscription of wanted.values()) {
      const key = prefix + subscription.id;
      if (this.#running.has(key) || this.#options.signal.aborted) continue;
      const stop = new AbortController();
      const ended = this.#follow(context, subscription.id, stop).finally(() => this.#running.delete(key));
      this.#running.set(key, { settings: settingsOf(subscription), stop, ended });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const running = [...this.#running.values()];
    for (const { stop } of running) stop.abort();
    await Promise.all(running.map(({ ended }) => ended));
  }

  async #follow(context: SiteContext, id: string, stop: AbortController): Promise<void> {
    const signal = AbortSignal.any([this.#options.signal, stop.signal]);
    try {
      await using lease = await FollowLease.take(context, id, { ...this.#options, signal });
      if (lease === undefined) {
        await context.clock.sleep(followLeaseMs / 3, signal);
        return;
      }
      const keeping = this.#keep(context, lease, { signal, stop });
      await followPublication(context, { id, lease, signal }, this.#options).finally(() => {
        stop.abort();
      });
      await keeping;
    } catch (error) {
      this.#options.reportFault(error, context.site);
      // What fails each time must not fill the log.
      await context.clock.sleep(followLeaseMs, this.#options.signal);
    }
  }

  /** Until it is lost, or there is nothing to keep any more. */
  async #keep(
    { clock }: SiteContext,
    lease: FollowLease,
    { signal, stop }: { readonly signal: AbortSignal; readonly stop: AbortController },
  ): Promise<void> {
    while (!signal.aborted) {
      await clock.sleep(followLeaseMs / 3, signal);
      // A store that is busy now may answer next time: two of three may fail before the lease ends.
      const isKept = await lease.renew().catch(() => true);
      if (!isKept) stop.abort();
    }
  }
}

function settingsOf(subscription: Subscription | undefined): string {
  if (subscription === undefined) return '';
  const { publicationUrl, publication, subscriptionUrl, user, password, token } = subscription;
  return JSON.stringify([publicationUrl, publication, subscriptionUrl, user, password, token]);
}
