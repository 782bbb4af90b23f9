import { CommanderError } from 'commander';
import { ConcordError, ConfigurationError, InvariantError, RequestError } from '../errors/concord-error.ts';
import { errorCodes } from '../errors/codes.ts';
import type { Terminal } from './terminal.ts';

/** What a process ends with (design.md §8). 78 is EX_CONFIG of sysexits.h: nothing was started. */
export const exitCodes = { success: 0, failure: 1, usage: 2, configuration: 78 } as const;
/** One of them, or what a command defines for itself. */
export type ExitCode = number;

/** How an error is told, and what the command ends with where its class does not say. */
export interface ReportOptions {
  readonly asJson: boolean;
  readonly failureCode: ExitCode;
}

/** Tells the operator what happened and what to do, as JSON where results are JSON. Returns the exit code. */
export function reportError(error: unknown, terminal: Terminal, options: ReportOptions): ExitCode {
  // Commander has printed its own help or complaint.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.success : exitCodes.usage;
  const known = asConcordError(error);
  const { code, message, remedy } = known;
  terminal.complain(options.asJson ? `${JSON.stringify({ error: { code, message, remedy } })}\n` : describe(known));
  if (known.code === 'CON-C003') return exitCodes.usage;
  return known instanceof ConfigurationError ? exitCodes.configuration : options.failureCode;
}

/** What commander complains of, told as our own errors are where results are JSON. */
export function describeUsageError(complaint: string): string {
  const message = complaint.replace(/^error: /, '').trimEnd();
  return `${JSON.stringify({ error: { code: 'CON-C003', message, remedy: errorCodes['CON-C003'] } })}\n`;
}

function describe(error: ConcordError): string {
  const lines = [`Error: ${error.message}`, `  ${error.remedy} (${error.code})`];
  // Only our own faults are worth a stack: the others are explained by what was asked.
  if (error instanceof InvariantError && error.cause instanceof Error) lines.push(error.cause.stack ?? '');
  return `${lines.join('\n')}\n`;
}

function asConcordError(error: unknown): ConcordError {
  if (error instanceof ConcordError) return error;
  if (error instanceof DOMException && error.name === 'AbortError')
    return new RequestError('CON-Q002', 'Stopped', { cause: error });
  const message = error instanceof Error ? error.message : String(error);
  return new InvariantError('CON-I001', message, { cause: error });
}
