import { once } from 'node:events';
import express from 'express';
import { afterEach, describe, expect, it } from 'vitest';
import { sendAnswer, xmlAnswer } from '../../src/web/answer.ts';
import { errorHandler } from '../../src/web/error-handler.ts';
import type { RunningServer } from '../../src/web/server.ts';
import { startServer } from '../../src/web/server.ts';

const toClose: RunningServer[] = [];

afterEach(async () => {
  for (const server of toClose.splice(0)) await server[Symbol.asyncDispose]();
});

async function serve(
  pieces: () => AsyncIterable<string>,
): Promise<{ readonly address: string; readonly faults: unknown[] }> {
  const faults: unknown[] = [];
  const app = express();
  app.use(async (_, response) => {
    await sendAnswer(response, xmlAnswer(pieces()));
  });
  app.use(errorHandler({ reportFault: (error) => faults.push(error) }));
  const server = await startServer(app, { host: '127.0.0.1', port: 0, stopMs: 1_000 });
  toClose.push(server);
  return { address: server.address, faults };
}

describe('an answer in pieces', () => {
  it('arrives whole, whatever the pieces', async () => {
    const { address } = await serve(async function* () {
      for (let piece = 0; piece < 20_000; piece++) yield `${piece} é `;
    });
    const text = await (await fetch(address)).text();
    expect(text.split(' é ')).toHaveLength(20_001);
  });

  it('that breaks off is seen to be not whole, and is a fault of ours', async () => {
    const fault = new TypeError('broken');
    const { address, faults } = await serve(async function* () {
      yield 'x'.repeat(100_000);
      throw fault;
    });
    await expect(fetch(address).then((answer) => answer.text())).rejects.toThrow();
    expect(faults).toEqual([fault]);
  });

  it('is given up when who asked has gone, and that is no fault', async () => {
    const controller = new AbortController();
    const ended = new EventTarget();
    const hasEnded = once(ended, 'end');
    const { address, faults } = await serve(async function* () {
      try {
        while (true) yield 'x'.repeat(100_000);
      } finally {
        ended.dispatchEvent(new Event('end'));
      }
    });
    const answer = await fetch(address, { signal: controller.signal });
    controller.abort();
    await expect(answer.text()).rejects.toThrow();
    await hasEnded;
    expect(faults).toEqual([]);
  });
});
