/** What a way needs to know that keeps a message until somebody fetches it; a way that asks and is answered can do without. */
export interface MessageRoute {
  readonly kind: 'request' | 'answer';
  /** The site that sends. */
  readonly site?: string;
  /** The sender's own address. */
  readonly from: string;
  /** The publication that the session is of, as far as it is known. */
  readonly publication: string;
  /** The subscription URL, whichever side sends. */
  readonly subscription: string;
  readonly session: string;
  readonly message: number;
  /** What the way itself calls the message that this one answers, such as a Message-ID. */
  readonly reference?: string | undefined;
}

/** A message on its way to a peer: SyncML bytes, or what they were sealed into, before any compression of the way. */
export interface OutgoingMessage {
  readonly url: string;
  readonly body: Uint8Array;
  readonly contentType: string;
  readonly route?: MessageRoute;
}

/**
 * What came of it: the peer's answer (`date`: what its clock said, where the way tells), or `handed-over`: the way has no answers of its own, and one will come in some other time (mail, folder). `where` says
 * where the message lies, on a way where a person carries it on.
 */
export type Delivery =
  | { readonly outcome: 'answered'; readonly body: Uint8Array; readonly date?: number }
  | { readonly outcome: 'handed-over'; readonly where?: string };

/** A way to a peer, for the URL schemes it knows. */
export interface Transport {
  readonly schemes: readonly string[];
  /**
   * Delivers once; whoever calls repeats. The same message may arrive twice: the peer answers identical bytes identically (engine.md §11).
   * @throws TransportError CON-T001 unreachable, CON-T003 too slow or cut off, CON-T005 busy, CON-T006 no folder (all `later`); CON-T002 not a Concord site,
   *   CON-T004 certificate
   * @throws AuthenticityError CON-A004 when the way itself refuses
   */
  deliver(message: OutgoingMessage, signal?: AbortSignal): Promise<Delivery>;
  /**
   * Tells that this message will probably be delivered soon, so that what takes time and needs no peer (compressing it) can be done meanwhile. Nothing goes out, and
   * nothing is kept longer than the caller keeps `body`. It helps where `deliver` is given the very same array, which nobody may change in between. Never throws; a way
   * for which there is nothing to do does not have it.
   */
  prepare?(message: Omit<OutgoingMessage, 'route'>): void;
}
