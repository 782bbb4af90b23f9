/**
 * Reads documents by the bare events of saxes: the time that everything else is compared with. It stands in a thread of its own, because the engine makes a parser fast for one
 * set of handlers, and Concord uses it with others.
 */
import { parentPort } from 'node:worker_threads';
import { SaxesParser } from 'saxes';
import { processorMs } from './processor-time.ts';

/** What is asked: to read some documents a number of times. */
export interface ReadingRequest {
  readonly texts: readonly string[];
  readonly times: number;
  readonly xmlns: boolean;
}

parentPort?.on('message', ({ texts, times, xmlns }: ReadingRequest) => {
  const start = processorMs();
  for (let time = 0; time < times; time++) for (const text of texts) read(text, xmlns);
  parentPort?.postMessage((processorMs() - start) / times);
});

function read(text: string, xmlns: boolean): void {
  const parser = new SaxesParser({ xmlns });
  parser.on('opentag', ignore);
  parser.on('closetag', ignore);
  parser.on('text', ignore);
  parser.write(text).close();
}

function ignore(): void {
  // Only the events are to be measured.
}
