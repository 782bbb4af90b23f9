import { processEnvironment } from '../configuration/environment.ts';
import type { Terminal } from './terminal.ts';

/** The terminal of this process. */
export function processTerminal(): Terminal {
  let signal: AbortSignal | undefined;
  // Whoever reads our output has had enough (`concord log cps | head`): that is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  return {
    environment: processEnvironment(),
    write: (text) => void process.stdout.write(text),
    complain: (text) => void process.stderr.write(text),
    readInput: () => readAll(process.stdin),
    askPassword: process.stdin.isTTY && process.stderr.isTTY ? askPassword : undefined,
    isColored: process.stdout.isTTY,
    progressStream: process.stderr.isTTY ? process.stderr : undefined,
    get signal() {
      signal ??= stopSignal();
      return signal;
    },
  };
}

/**
 * Aborted by the first SIGINT or SIGTERM; a second one ends the process as ever. Made only for commands that ask for it: the others are ended by the first,
 * because they would not look at it.
 */
function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => {
      stop.abort();
    });
  }
  return stop.signal;
}

async function readAll(stream: AsyncIterable<Uint8Array | string>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of stream) parts.push(typeof part === 'string' ? Buffer.from(part) : part);
  return Buffer.concat(parts);
}

async function askPassword(message: string): Promise<string> {
  // Prompts cost a tenth of a second to load, and few commands ask.
  const { password } = await import('@inquirer/prompts');
  return password({ message }, { output: process.stderr });
}
