import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client';
import type { Measures } from '../../ports/measures.ts';

/** From a row out of the cache to a message over a bad line. */
const storeBuckets = [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5];
const wayBuckets = [0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60];
const loopPrecisionMs = 100;

/** Counts in memory, and writes what it has counted in the text format of Prometheus, with the figures of the process. */
export class PrometheusMeasures implements Measures {
  readonly #registry = new Registry();
  readonly #messages: Counter<'way' | 'direction'>;
  readonly #octets: Counter<'way' | 'direction'>;
  readonly #deliveries: Histogram<'way' | 'outcome'>;
  readonly #answers: Histogram<'outcome'>;
  readonly #store: Readonly<Record<Parameters<Measures['store']>[0], Histogram.Internal<'operation'>>>;
  readonly #activities: Counter<'outcome'>;
  readonly #syncs: Counter<'outcome'>;

  constructor() {
    const registers = [this.#registry];
    const counter = <Label extends string>(name: string, help: string, labelNames: Label[]): Counter<Label> =>
      new Counter({ name, help, labelNames, registers });
    const histogram = <Label extends string>(
      name: string,
      help: string,
      rest: { readonly labelNames: Label[]; readonly buckets: number[] },
    ): Histogram<Label> => new Histogram({ name, help, registers, ...rest });
    this.#messages = counter('concord_messages_total', 'SyncML messages that went over a way', ['way', 'direction']);
    this.#octets = counter('concord_message_octets_total', 'Their octets, before compression', ['way', 'direction']);
    this.#deliveries = histogram('concord_delivery_seconds', 'Time until a peer or a way has answered', {
      labelNames: ['way', 'outcome'],
      buckets: wayBuckets,
    });
    this.#answers = histogram('concord_answer_seconds', 'Time to answer a peer as publisher', {
      labelNames: ['outcome'],
      buckets: wayBuckets,
    });
    const store = histogram('concord_store_seconds', 'Time of reads, of waits for the turn to write, and of commits', {
      labelNames: ['operation'],
      buckets: storeBuckets,
    });
    // Looked up once: a sync reads the store dozens of times.
    const of = (operation: string): Histogram.Internal<'operation'> => store.labels(operation);
    this.#store = { read: of('read'), wait: of('wait'), commit: of('commit') };
    this.#activities = counter('concord_activities_tried_total', 'Activities that were tried, by what came of it', [
      'outcome',
    ]);
    this.#syncs = counter('concord_syncs_total', 'Syncs begun here that went well, or failed', ['outcome']);
    collectDefaultMetrics({ register: this.#registry, eventLoopMonitoringPrecision: loopPrecisionMs });
  }

  message(way: string, direction: 'sent' | 'received', octets: number): void {
    this.#messages.inc({ way, direction });
    this.#octets.inc({ way, direction }, octets);
  }

  delivery(way: string, outcome: 'answered' | 'handed-over' | 'failed', seconds: number): void {
    this.#deliveries.observe({ way, outcome }, seconds);
  }

  answer(outcome: 'answered' | 'failed', seconds: number): void {
    this.#answers.observe({ outcome }, seconds);
  }

  store(operation: 'read' | 'wait' | 'commit', seconds: number): void {
    this.#store[operation].observe(seconds);
  }

  activities(outcome: 'done' | 'retried' | 'failed' | 'lost', count: number): void {
    this.#activities.inc({ outcome }, count);
  }

  sync(outcome: 'done' | 'failed'): void {
    this.#syncs.inc({ outcome });
  }

  /** All that was counted since the process began. */
  exposition(): Promise<string> {
    return this.#registry.metrics();
  }
}
