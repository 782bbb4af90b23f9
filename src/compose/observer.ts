import { PrometheusMeasures } from '../adapters/prometheus/prometheus-measures.ts';
import type { Configuration } from '../configuration/configuration.ts';
import type { Measures } from '../ports/measures.ts';
import type { ProcessLog } from './log.ts';
import { processLog } from './log.ts';

/** What a process tells of its work: figures and lines. */
export interface Observer {
  readonly measures: Measures;
  readonly log: ProcessLog;
  /** The figures in the text format of Prometheus. */
  readonly exposition: () => Promise<string>;
}

/** The figures and the log of this process. `part` tells what it does from what others do, where several share the work. */
export function openObserver(configuration: Pick<Configuration, 'log'>, part?: string): Observer {
  const measures = new PrometheusMeasures();
  return { measures, log: processLog(configuration, part), exposition: () => measures.exposition() };
}
