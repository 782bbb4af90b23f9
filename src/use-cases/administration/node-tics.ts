import type { SiteContext } from '../site-context.ts';
import type { RunCounts, RunOptions } from './run-activities.ts';
import { tic } from './run-activities.ts';

const nothing: RunCounts = { done: 0, retried: 0, failed: 0, lost: 0 };

/**
 * The nodes that run activities because somebody outside asks each of them to, again and again. Several nodes share what is runnable: whoever asks next gets the next, so
 * that a node which is away holds up nothing. A node that is still at work when it is asked again goes on with that, and nothing more is begun for it.
 */
export class NodeTics {
  readonly #ticking = new Set<string>();

  async tic(context: SiteContext, node: string, options: RunOptions): Promise<RunCounts> {
    const key = `${context.site} ${node}`;
    if (this.#ticking.has(key)) return nothing;
    this.#ticking.add(key);
    try {
      return await tic(context, { ...options, node: `${options.node}-${node}` });
    } finally {
      this.#ticking.delete(key);
    }
  }
}
