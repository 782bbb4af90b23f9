import type { RequestListener, ServerResponse } from 'node:http';
import express from 'express';
import { describe, expect, it } from 'vitest';
import { messageClassesOf } from '../../src/web/messages.ts';
import { startServer } from '../../src/web/server.ts';

const local = { host: '127.0.0.1', port: 0, stopMs: 10_000 };

/** A listener that answers nothing by itself, and the response of the first request to it. */
function onceAsked(): { readonly listener: RequestListener; readonly response: Promise<ServerResponse> } {
  let listener: RequestListener = () => undefined;
  const response = new Promise<ServerResponse>((resolve) => {
    listener = (_, asked) => {
      resolve(asked);
    };
  });
  return { listener, response };
}

describe('a server', () => {
  it('says the address that people can type', async () => {
    await using server = await startServer((_, response) => response.end('here'), local);
    expect(server.address).toBe(`http://localhost:${server.port}`);
    expect(await (await fetch(`http://127.0.0.1:${server.port}`)).text()).toBe('here');
  });

  it('makes requests and responses that are Express’s from the beginning: to change them afterwards keeps the memory of each', async () => {
    const app = express();
    app.set('trust proxy', 1);
    app.use((request, response) => void response.json({ from: request.ip, isOfApp: request.app === app }));
    const prototypes: unknown[] = [];
    const listener: RequestListener = (request, response) => {
      const look = (): void => void prototypes.push(Object.getPrototypeOf(request), Object.getPrototypeOf(response));
      look();
      void app(request, response);
      look();
    };
    await using server = await startServer(listener, local, messageClassesOf(app));
    const answer = await fetch(server.address, { headers: { 'x-forwarded-for': '192.0.2.7' } });
    expect(await answer.json()).toEqual({ from: '192.0.2.7', isOfApp: true });
    expect(prototypes).toHaveLength(4);
    expect(prototypes[2]).toBe(prototypes[0]);
    expect(prototypes[3]).toBe(prototypes[1]);
  });

  it('does not start where another one listens', async () => {
    await using first = await startServer((_, response) => response.end(), local);
    await expect(startServer(() => undefined, { ...local, port: first.port })).rejects.toMatchObject({
      code: 'CON-C002',
    });
  });

  it('does not start at an address that is not of this machine', async () => {
    await expect(startServer(() => undefined, { ...local, host: '203.0.113.1' })).rejects.toMatchObject({
      code: 'CON-C001',
    });
  });

  it('finishes what it is answering before it stops, and takes nothing new', async () => {
    const begun = onceAsked();
    const server = await startServer(begun.listener, local);
    const answer = fetch(server.address);
    const response = await begun.response;
    const stopped = server[Symbol.asyncDispose]();
    await expect(fetch(server.address)).rejects.toThrow();
    response.end('whole');
    expect(await (await answer).text()).toBe('whole');
    await stopped;
  });

  it('ends streams of events at once when it stops', async () => {
    const begun = onceAsked();
    const server = await startServer(begun.listener, { ...local, stopMs: 600_000 });
    const answer = fetch(server.address);
    const response = await begun.response;
    response.setHeader('content-type', 'text/event-stream; charset=utf-8');
    response.write('retry: 2000\n\n');
    const body = (await answer).text();
    const cut = expect(body).rejects.toThrow();
    await server[Symbol.asyncDispose]();
    await cut;
  });

  it('cuts off what is still not finished after the time for stopping', async () => {
    const begun = onceAsked();
    const server = await startServer(begun.listener, { ...local, stopMs: 20 });
    const answer = fetch(server.address);
    const refused = expect(answer).rejects.toThrow();
    await begun.response;
    await server[Symbol.asyncDispose]();
    await refused;
  });
});
