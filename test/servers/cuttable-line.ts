import { once } from 'node:events';
import type { Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { freePort } from './concord-process.ts';

/** A line to a server of this machine that can be cut. Disposing ends it. */
export interface CuttableLine extends AsyncDisposable {
  readonly port: number;
  /** Ends all connections, and takes no others. */
  readonly cut: () => void;
  /** Lets nothing through any more, and says nothing of it: who waits, waits. */
  readonly hold: () => void;
  /** What was held goes on, and connections are taken again. */
  readonly mend: () => void;
}

export async function cuttableLine(target: number): Promise<CuttableLine> {
  const ends = new Set<Socket>();
  let state: 'whole' | 'held' | 'cut' = 'whole';
  const server = createServer((near) => {
    if (state === 'cut') {
      near.destroy();
      return;
    }
    const far = connect(target, '127.0.0.1');
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      ends.add(from);
      from.pipe(to);
      // One end that breaks breaks the other.
      from.on('error', () => to.destroy());
      from.on('close', () => {
        ends.delete(from);
        to.destroy();
      });
      if (state === 'held') from.pause();
    }
  });
  const port = await freePort();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const cut = (): void => {
    state = 'cut';
    for (const end of ends) end.resetAndDestroy();
  };
  return {
    port,
    cut,
    hold: () => {
      state = 'held';
      for (const end of ends) end.pause();
    },
    mend: () => {
      state = 'whole';
      for (const end of ends) end.resume();
    },
    [Symbol.asyncDispose]: async () => {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}
