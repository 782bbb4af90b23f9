import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { SiteReply, SiteRequest, SiteResults, SyncMeasured, Used } from './site-messages.ts';

type ResultOf<Request extends SiteRequest> = SiteResults[Request['do']];

/** A process with sites, seen from the benchmark. Disposing ends it. */
export class SiteHost implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #ended: Promise<unknown>;

  private constructor(flags: readonly string[]) {
    this.#process = fork(join(import.meta.dirname, 'site-process.js'), {
      serialization: 'advanced',
      execArgv: [...flags],
    });
    this.#ended = once(this.#process, 'exit');
  }

  /** `flags`: what the engine is told there. */
  static async open(data: string, flags: readonly string[] = []): Promise<SiteHost> {
    const host = new SiteHost(flags);
    await host.ask({ do: 'open', data });
    return host;
  }

  /** Waits until it is done. */
  async ask<Request extends SiteRequest>(request: Request): Promise<ResultOf<Request>> {
    const answered = once(this.#process, 'message');
    this.#process.send(request);
    const died = this.#ended.then(() => Promise.reject(new Error(`a process ended during “${request.do}”`)));
    // Only the other end of the channel writes to it.
    const [reply] = (await Promise.race([answered, died])) as [SiteReply];
    if (reply.outcome === 'failed') throw new Error(`${request.do}: ${reply.text}`);
    // Each request is answered with its own kind of result.
    return reply.result as ResultOf<Request>;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    await this.ask({ do: 'close' });
    await this.#ended;
  }
}

/** A subscription: a site of the subscriber's process, and the publisher's site that it follows. */
export interface Pair {
  readonly publisher: SiteHost;
  readonly subscriber: SiteHost;
  readonly master: string;
  readonly client: string;
}

/** What one sync costs both sides together. */
export interface Cost extends SyncMeasured {
  readonly octets: number;
  readonly requests: number;
  readonly cpuMs: number;
  readonly rowsRead: number;
}

export const recordsPath = '/records';

/** Makes a pair whose publisher offers `offered` records, and whose subscriber has `own` others. */
export async function makePair(
  hosts: Pick<Pair, 'publisher' | 'subscriber'> & { readonly url: string },
  sites: Pick<Pair, 'master' | 'client'>,
  counts: { readonly offered: number; readonly own: number },
): Promise<Pair> {
  const { publisher, subscriber, url } = hosts;
  const { master, client } = sites;
  const path = recordsPath;
  await publisher.ask({ do: 'add-site', site: master });
  await publisher.ask({ do: 'load', site: master, path, first: 0, count: counts.offered });
  await publisher.ask({ do: 'publish', site: master, path });
  await subscriber.ask({ do: 'add-site', site: client });
  await subscriber.ask({ do: 'load', site: client, path, first: counts.offered, count: counts.own });
  await subscriber.ask({ do: 'subscribe', site: client, path, publisher: `${url}/${master}` });
  return { publisher, subscriber, master, client };
}

/** Synchronises a pair, and measures what it costs. */
export async function syncPair(pair: Pair, options: { readonly listConflicts?: boolean } = {}): Promise<Cost> {
  const before = await usedByBoth(pair);
  const measured = await pair.subscriber.ask({ do: 'sync', site: pair.client, ...options });
  const after = await usedByBoth(pair);
  return {
    ...measured,
    octets: after.octetsIn - before.octetsIn + after.octetsOut - before.octetsOut,
    requests: after.requests - before.requests,
    cpuMs: after.cpuMs - before.cpuMs,
    rowsRead: after.rowsRead - before.rowsRead,
  };
}

/** Throws unless both sites of a pair hold the same records. */
export async function expectAgreement({ publisher, subscriber, master, client }: Pair): Promise<void> {
  const path = recordsPath;
  const at = [
    await publisher.ask({ do: 'fingerprint', site: master, path }),
    await subscriber.ask({ do: 'fingerprint', site: client, path }),
  ];
  if (at[0] !== at[1]) throw new Error(`${master} and ${client} do not agree`);
}

async function usedByBoth({ publisher, subscriber, master, client }: Pair): Promise<Used> {
  const there = await publisher.ask({ do: 'measure', site: master });
  const here = await subscriber.ask({ do: 'measure', site: client });
  // The octets are counted at the server's sockets, which see both directions.
  return { ...there, cpuMs: there.cpuMs + here.cpuMs, rowsRead: there.rowsRead + here.rowsRead };
}
