/**
 * Tells the present run of the machine, from its start to its stop or a power cut, from those before: what a process wrote is kept by the system when the process is
 * killed, and not when the machine is.
 */
export interface Boots {
  /** A name for the present run, to be kept. */
  readonly present: string;
  /** Whether a name that was kept is one of the present run. */
  isPresent(kept: string): boolean;
}
