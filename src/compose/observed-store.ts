import type { Measures } from '../ports/measures.ts';
import type { LogLine } from '../ports/peer-reader.ts';
import type { Decision, SiteStore } from '../ports/site-store.ts';
import type { Position } from '../objects/position.ts';
import type { ProcessLog } from './log.ts';
import type { Trail } from './trail.ts';

type Update = SiteStore['update'];

/** A store that does the same, and whose times are measured. */
export function measuredStore(store: SiteStore, measures: Measures): SiteStore {
  const timed =
    (operation: 'read' | 'commit', call: (...given: unknown[]) => unknown) =>
    (...given: unknown[]): unknown => {
      const beganAt = performance.now();
      const result = call(...given);
      // The caller gets the very promise: to be measured makes it wait for nothing.
      const done = (): void => {
        measures.store(operation, secondsSince(beganAt));
      };
      if (result instanceof Promise) result.then(done, done);
      return result;
    };
  const update: Update = async (decide) => {
    let from = performance.now();
    const result = await store.update(async (head) => {
      measures.store('wait', secondsSince(from));
      const decision = await decide(head);
      from = performance.now();
      return decision;
    });
    measures.store('commit', secondsSince(from));
    return result;
  };
  return replaced(store, { update }, (call, name) => timed(name === 'record' ? 'commit' : 'read', call));
}

/** A store that does the same; lines about syncs that go into its log go into that of the process too, on their trail. */
export function tellingStore(store: SiteStore, log: ProcessLog, trail: Trail): SiteStore {
  const update: Update = async <Result>(decide: (head: Position) => Promise<Decision<Result>>) => {
    let lines: readonly LogLine[] = [];
    const result = await store.update(async (head) => {
      const decision = await decide(head);
      lines = decision.batch.log ?? [];
      return decision;
    });
    for (const line of lines) tell(log, line, trail);
    return result;
  };
  const record: SiteStore['record'] = async (line) => {
    await store.record(line);
    tell(log, line, trail);
  };
  return replaced(store, { update, record }, (call) => call);
}

const grades = { info: 'info', warning: 'warn', error: 'error' } as const;

/** Only what is not about content: values of fields are not for this log. */
function tell(log: ProcessLog, { kind, level, subject, text, details }: LogLine, trail: Trail): void {
  if (kind !== 'sync' && level === 'info') return;
  const { code, durationMs, session } = details;
  const sync = trail.sync ?? (typeof session === 'string' ? session : undefined);
  const more = { kind, subject, ...(code !== undefined && { code }), ...(durationMs !== undefined && { durationMs }) };
  log.tell(grades[level], text, { trail: { ...trail, ...(sync !== undefined && { sync }) }, details: more });
}

type Call = (...given: unknown[]) => unknown;

/** The store with some methods replaced, and the others wrapped, each once. A class with private members needs its own `this`. */
function replaced(
  store: SiteStore,
  own: Partial<Pick<SiteStore, 'update' | 'record'>>,
  wrap: (call: Call, name: string) => Call,
): SiteStore {
  const methods = new Map<string | symbol, unknown>(Object.entries(own));
  return new Proxy(store, {
    get: (target, name) => {
      const known = methods.get(name);
      if (known !== undefined) return known;
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      // Holds: what is called on a store is one of its methods, whatever that takes.
      const bound = value.bind(target) as Call;
      const method = typeof name === 'string' ? wrap(bound, name) : bound;
      methods.set(name, method);
      return method;
    },
  });
}

function secondsSince(beganAt: number): number {
  return (performance.now() - beganAt) / 1000;
}
