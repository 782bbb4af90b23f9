import { pino } from 'pino';
import { ConcordError } from '../errors/concord-error.ts';

/** Takes a fault that nobody who asked can do anything about. */
export type ReportFault = (error: unknown, details: Readonly<Record<string, string>>) => void;

/** The log of a process: a line of JSON on the standard error for each fault, with its code and what to do. */
export function faultLog(): ReportFault {
  const log = pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination(2));
  return (error, details) => {
    const known = error instanceof ConcordError ? { code: error.code, remedy: error.remedy, ...error.details } : {};
    // What is tried again by itself is worth a line, not an alarm.
    const level = error instanceof ConcordError && error.retry === 'later' ? 'warn' : 'error';
    log[level]({ ...details, ...known, err: error }, error instanceof Error ? error.message : String(error));
  };
}
