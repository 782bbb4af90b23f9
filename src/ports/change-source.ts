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

/** Tells that something has changed at a publisher, without what. */
export interface ChangeSource {
  /**
   * Resolves when the publisher has let us listen; then gives the publisher's position after each change, until the publisher ends it or the signal is aborted, which
   * ends it without an error. Rejects, then and later, as `Transport.deliver` does; with `retryAfter` (seconds) in the details where the publisher asks to wait.
   */
  listen(question: ChangeQuestion, signal: AbortSignal): Promise<AsyncIterable<Position>>;
}
