import type { Position } from '../objects/position.ts';

/** To which publication somebody listens, and as which subscription. */
export interface ChangeQuestion {
  readonly publicationUrl: string;
  readonly publication: string;
  /** The Subscription URL. */
  readonly subscription: string;
  readonly credential:
    | { readonly kind: 'token'; readonly token: string }
    | { readonly kind: 'password'; readonly user: string; readonly password: string };
  /** Up to where the publisher's log is known; what has changed since is told at once. */
  readonly after: Position | undefined;
}

/** The publisher's position after a change; or that conflicts of this subscription were settled, which need not have changed anything. */
export type ChangeNews = Position | 'settled';

/** Tells that something has changed at a publisher, without what. */
export interface ChangeSource {
  /**
   * Resolves when the publisher has let us listen; then gives what is new, until the publisher ends it or the signal is aborted, which
   * ends it without an error. Rejects, then and later, as `Transport.deliver` does; with `retryAfter` (seconds) in the details where the publisher asks to wait.
   */
  listen(question: ChangeQuestion, signal: AbortSignal): Promise<AsyncIterable<ChangeNews>>;
}
