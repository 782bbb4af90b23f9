import { Presets, SingleBar } from 'cli-progress';
import type { Terminal } from './terminal.ts';

/** A bar on the terminal while something long is done; nothing where there is no terminal. Disposing takes it away. */
export interface Progress extends Disposable {
  /** `total` may grow while it goes on; 0 while it is not known. */
  readonly update: (done: number, total: number) => void;
}

/** Shows a bar with a few words before it. */
export function showProgress(terminal: Terminal, words: string): Progress {
  const { progressStream } = terminal;
  if (progressStream === undefined) return { update: () => undefined, [Symbol.dispose]: () => undefined };
  const format = `${words} [{bar}] {value}/{total}`;
  const bar = new SingleBar(
    { stream: progressStream, format, clearOnComplete: true, hideCursor: true },
    Presets.legacy,
  );
  bar.start(0, 0);
  return {
    update: (done, total) => {
      bar.setTotal(Math.max(done, total));
      bar.update(done);
    },
    [Symbol.dispose]: () => {
      bar.stop();
    },
  };
}
