/** Where what a process does is counted and timed, for those who watch it. Nothing of it is kept when the process ends; nothing here fails or waits. */
export interface Measures {
  /** A SyncML message went over a way, as it was before any compression; `way` is the scheme of the address. */
  message(way: string, direction: 'sent' | 'received', octets: number): void;
  /** A message was given to a way to a peer. */
  delivery(way: string, outcome: 'answered' | 'handed-over' | 'failed', seconds: number): void;
  /** A peer's message was answered as publisher. */
  answer(outcome: 'answered' | 'failed', seconds: number): void;
  /** The store was read, waited for (until the turn to write came), or written. */
  store(operation: 'read' | 'wait' | 'commit', seconds: number): void;
  /** So many activities were tried. */
  activities(outcome: 'done' | 'retried' | 'failed' | 'lost', count: number): void;
  /** A sync that this side began has come as far as it can for now, or failed. */
  sync(outcome: 'done' | 'failed'): void;
}
