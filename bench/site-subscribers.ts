import { createHash } from 'node:crypto';
import type { Subscriber } from '../src/synchronization/subscriber.ts';
import type { SiteContext } from '../src/use-cases/site-context.ts';
import { simulatedUrl } from './simulated-subscribers.ts';
import type { Simulation } from './site-messages.ts';

/** What simulated subscribers are made from. */
export interface SimulationRequest {
  readonly publication: string;
  readonly count: number;
  readonly token: string;
}

const batchSize = 500;

/** Gives simulated subscribers the row of the first real one, as it is now; those that are there already get it again. */
export async function simulateSubscribers(
  { store }: SiteContext,
  { publication, count, token }: SimulationRequest,
): Promise<Simulation> {
  const all = await store.subscribers(publication);
  const known = new Map(all.map((subscriber) => [subscriber.url, subscriber]));
  const isSimulated = new Set(Array.from({ length: count }, (_, index) => simulatedUrl(index)));
  const real = all.find(({ url }) => !url.startsWith('http://localhost:9673/simulated-'));
  if (real === undefined) throw new Error(`nobody has subscribed to ${publication}`);
  const tokenHash = createHash('sha256').update(token).digest('base64url');
  const again: Subscriber[] = [];
  for (const url of isSimulated) {
    const row = known.get(url);
    if (row === undefined) await store.addSubscriber({ ...real, url, tokenHash });
    else again.push({ ...real, url, tokenHash, peer: row.peer, version: row.version });
  }
  for (let at = 0; at < again.length; at += batchSize) {
    const subscribers = again.slice(at, at + batchSize).map((row) => ({ row }));
    await store.update(() => Promise.resolve({ batch: { subscribers }, result: undefined }));
  }
  return { last: real.state.offered?.anchor ?? real.state.agreedAnchor, number: real.state.sessionNumber };
}
