import type { Request } from 'express';
import { setTimeout } from 'node:timers/promises';
import { z } from 'zod';
import type { Position } from '../../objects/position.ts';
import { formatPosition, parsePosition } from '../../objects/position.ts';
import { accountByToken } from '../../use-cases/publisher/admit-listener.ts';
import type { ChangeStream, Told } from '../../use-cases/publisher/change-stream.ts';
import { hashOf } from '../../use-cases/publisher/credentials.ts';
import { ChangeWatch } from '../../use-cases/publisher/watch-changes.ts';
import { noBody } from '../body-reader.ts';
import type { Route } from '../route.ts';
import { defineRoute } from '../route.ts';
import { bearerToken, signInRequest } from '../sign-in.ts';
import type { WebServices, WebSettings } from '../web-services.ts';

const query = z.strictObject({
  subscription: z.string().min(1).max(2_000).describe('The Subscription URL of the one that listens'),
});

/** How long a client that was cut off waits before it comes again. */
const retryMs = 2_000;

/** Who tells those that listen at this process. */
export function watchChanges(services: WebServices, { listeners }: Pick<WebSettings, 'listeners'>): ChangeWatch {
  return new ChangeWatch({
    limits: listeners,
    site: (id) => services.site(id),
    sleep: (delayMs) => setTimeout(delayMs, undefined, { ref: false }),
    reportFault: (error, site) => {
      services.reportFault(error, { method: 'GET', address: `/${site}/api/v1/publications` });
    },
  });
}

/** What subscribers listen to. */
export const changeRoutes: readonly Route[] = [
  defineRoute({
    method: 'GET',
    template: '/api/v1/publications/{id}/changes',
    summary:
      'Tells a subscriber that something has changed in the publication, as server-sent events: `changed`, with nothing but the position of the log as its id, and `settled` with nothing at all, when conflicts of the subscription were settled. For an account that may synchronise, or the subscription’s own token. `Last-Event-ID`: what has changed since is told at once; left out, what has changed since the last sync.',
    roles: 'everyone',
    query,
    body: noBody,
    answers: {
      200: 'The events, until one side ends them',
      401: 'The credentials are not good for this subscription',
      403: 'The account may not pull, or messages must be sealed',
      404: 'There is no such publication, or it does not know the subscriber',
      429: 'Too many listen; Retry-After says when to come again',
      503: 'The subscriber is held back; Retry-After says for how long',
    },
    streams: true,
    signIn: async ({ context, request, query: asked, match }) => {
      const id = { publication: match.names['id'] ?? '', url: asked.get('subscription') ?? '' };
      return (await accountByToken(context, id, bearerToken(request))) ?? signInRequest(context, request);
    },
    async handle({ context, changes, actor, request, names, query: { subscription: url } }) {
      const publication = names['id'] ?? '';
      const token = bearerToken(request);
      const isOwn = token !== undefined && (await accountByToken(context, { publication, url }, token)) !== undefined;
      const tokenHash = isOwn ? hashOf(token) : undefined;
      const cutOff = (): unknown => request.socket.destroy();
      const listener = { publication, url, account: actor.name, address: request.ip ?? '', tokenHash, cutOff };
      const stream = await changes.listen(context, listener, heardUpTo(request));
      // Who has gone meanwhile, or goes without a word, is not counted.
      if (request.socket.destroyed) stream.end();
      request.once('close', () => {
        stream.end();
      });
      return {
        status: 200,
        type: 'text/event-stream; charset=utf-8',
        body: frames(stream),
        headers: { 'Cache-Control': 'no-cache, no-transform', 'X-Accel-Buffering': 'no' },
        isLive: true,
      };
    },
  }),
];

function heardUpTo({ headers }: Request): Position | undefined {
  const said = headers['last-event-id'];
  return typeof said === 'string' ? parsePosition(said) : undefined;
}

async function* frames(stream: ChangeStream): AsyncGenerator<string> {
  yield `retry: ${retryMs}\n: listening\n\n`;
  for await (const told of stream) yield frameOf(told);
}

function frameOf(told: Told): string {
  switch (told.kind) {
    case 'changed':
      return `id: ${formatPosition(told.position)}\nevent: changed\ndata: {}\n\n`;
    case 'settled':
      return 'event: settled\ndata: {}\n\n';
    case 'beat':
      return ': still here\n\n';
    default:
      return told satisfies never;
  }
}
