import { setTimeout } from 'node:timers/promises';
import type { Request } from 'express';
import type { Answer } from './answer.ts';

/** Something to be told, with the number by which a client that was cut off goes on. */
export interface StreamedEvent {
  readonly number: number;
  readonly kind: string;
}

/** What is told to one client. */
export interface EventSource<Event extends StreamedEvent> {
  /** The client has heard all up to here. */
  readonly after: number;
  readonly read: (after: number) => Promise<readonly Event[]>;
}

const lookEveryMs = 300;
/** A line that says nothing, so that nobody on the way takes the connection for dead. */
const beatEveryMs = 15_000;
/** Then the client asks again, as it does after any cut. */
const longestMs = 300_000;
/** How long the client waits before that. */
const retryMs = 2_000;

/**
 * An answer of server-sent events (HTML Living Standard, section 9.2): what there is, then what comes, as long as the client stays. The events are read out of the
 * store: it is all the same to which process somebody listens, and where the work is done.
 */
export function eventAnswer<Event extends StreamedEvent>(request: Request, source: EventSource<Event>): Answer {
  const left = new AbortController();
  request.once('close', () => {
    left.abort();
  });
  return {
    status: 200,
    type: 'text/event-stream; charset=utf-8',
    body: frames(source, left.signal),
    headers: { 'Cache-Control': 'no-cache, no-transform', 'X-Accel-Buffering': 'no' },
    isLive: true,
  };
}

/** After which event a client goes on: what a browser says by itself when it comes back, else what is in the address. */
export function lastHeard(request: Request, asked: number | undefined): number | undefined {
  const said = request.headers['last-event-id'];
  return typeof said === 'string' && /^\d{1,15}$/.test(said) ? Number(said) : asked;
}

async function* frames<Event extends StreamedEvent>(
  { after, read }: EventSource<Event>,
  left: AbortSignal,
): AsyncGenerator<string> {
  yield `retry: ${retryMs}\n\n`;
  let heard = after;
  let quietMs = 0;
  for (let passedMs = 0; passedMs < longestMs && !left.aborted; passedMs += lookEveryMs) {
    const events = await read(heard);
    for (const event of events) {
      heard = event.number;
      yield `id: ${event.number}\nevent: ${event.kind}\ndata: ${JSON.stringify(event)}\n\n`;
    }
    quietMs = events.length > 0 ? 0 : quietMs + lookEveryMs;
    if (quietMs >= beatEveryMs) {
      quietMs = 0;
      yield ': still here\n\n';
    }
    await setTimeout(lookEveryMs, undefined, { signal: left }).catch(() => undefined);
  }
}
