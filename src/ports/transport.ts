/** A message on its way to a peer: SyncML bytes, as they are, before any compression of the way. */
export interface OutgoingMessage {
  readonly url: string;
  readonly body: Uint8Array;
  readonly contentType: string;
}

/** What came of it: the peer's answer, or `handed-over`: the way has no answers of its own, and one will come in some other time (mail, folder). */
export type Delivery =
  { readonly outcome: 'answered'; readonly body: Uint8Array } | { readonly outcome: 'handed-over' };

/** A way to a peer, for the URL schemes it knows. */
export interface Transport {
  readonly schemes: readonly string[];
  /**
   * Delivers once; whoever calls repeats. The same message may arrive twice: the peer answers identical bytes identically (engine.md §11).
   * @throws TransportError CON-T001 unreachable, CON-T003 too slow or cut off, CON-T005 busy (all `later`); CON-T002 not a Concord site, CON-T004 certificate
   * @throws AuthenticityError CON-A004 when the way itself refuses
   */
  deliver(message: OutgoingMessage, signal?: AbortSignal): Promise<Delivery>;
}
