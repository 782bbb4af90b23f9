import type { Environment } from '../configuration/environment.ts';

/** Where a command reads and writes: the process's own streams, or a test's. */
export interface Terminal {
  readonly environment: Environment;
  /** Results. */
  readonly write: (text: string) => void;
  /** Everything that is no result: errors, questions, progress. */
  readonly complain: (text: string) => void;
  /** All of the standard input. */
  readonly readInput: () => Promise<Uint8Array>;
  /** Asks for a password without showing it; undefined when nobody is there to be asked. */
  readonly askPassword: ((question: string) => Promise<string>) | undefined;
  /** Whether results are shown on a terminal that has colours. */
  readonly isColored?: boolean;
  /** The stream for a progress bar; undefined where none can be drawn. */
  readonly progressStream: NodeJS.WritableStream | undefined;
  /** Aborted when the process is asked to stop. */
  readonly signal: AbortSignal;
}
