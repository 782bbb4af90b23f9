import { inject, onTestFinished } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    /** Servers that a run has for its sites and queues; undefined where they are in memory. */
    readonly pair: PairUrls | undefined;
  }
}

/** Addresses of a MongoDB database and of a Redis server. */
export interface PairUrls {
  readonly storeUrl: string;
  readonly queueUrl: string;
}

let databases = 0;

/** The servers that this run keeps sites in, with a database of the test's own, which goes after it; undefined where the run has none. */
export function ownPair(): PairUrls | undefined {
  const pair = inject('pair');
  if (pair === undefined) return undefined;
  const url = new URL(pair.storeUrl);
  url.pathname += `-${String(process.pid)}-${String(++databases)}`;
  onTestFinished(async () => {
    const { MongoClient } = await import('mongodb');
    const client = await MongoClient.connect(url.href);
    await client.db().dropDatabase();
    await client.close();
  });
  return { ...pair, storeUrl: url.href };
}

/** How many of something a test makes: fewer where each is a commit over a wire. */
export function crowd(size: number, onServers: number): number {
  return inject('pair') === undefined ? size : onServers;
}
