import { pino } from 'pino';
import type { Configuration } from '../configuration/configuration.ts';
import { ConcordError } from '../errors/concord-error.ts';
import type { Trail } from './trail.ts';
import { trailOf } from './trail.ts';

/** What a line says beside its text. */
export type LogDetails = Readonly<Record<string, unknown>>;

/** Takes a fault that nobody who asked can do anything about. */
export type ReportFault = (error: unknown, details: Readonly<Record<string, string>>) => void;

/** The log of a process: lines of JSON on the standard error. What belongs to a sync has its id as `sync`, the same on both sides. */
export interface ProcessLog {
  readonly fault: ReportFault;
  /** `trail`: what the line belongs to. */
  readonly tell: (
    level: 'debug' | 'info' | 'warn' | 'error',
    text: string,
    more: { readonly trail?: Trail; readonly details?: LogDetails },
  ) => void;
}

/** The log of this process. Faults carry their code and what to do. */
export function processLog({ log: { level } }: Pick<Configuration, 'log'>, part?: string): ProcessLog {
  const base = { pid: process.pid, ...(part !== undefined && { part }) };
  const formatters = { level: (label: string) => ({ level: label }) };
  const log = pino({ base, level, formatters, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination(2));
  return {
    fault: (error, details) => {
      const known = error instanceof ConcordError ? { code: error.code, remedy: error.remedy, ...error.details } : {};
      // What is tried again by itself is worth a line, not an alarm.
      const grade = error instanceof ConcordError && error.retry === 'later' ? 'warn' : 'error';
      const text = error instanceof Error ? error.message : String(error);
      log[grade]({ ...trailOf(error), ...details, ...known, err: error }, text);
    },
    tell: (grade, text, { trail = {}, details = {} }) => {
      if (log.isLevelEnabled(grade)) log[grade]({ ...trail, ...details }, text);
    },
  };
}
