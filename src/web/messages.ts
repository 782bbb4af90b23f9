import { IncomingMessage, ServerResponse } from 'node:http';
import type { Express } from 'express';

/** Of what classes a server makes requests and responses. */
export interface MessageClasses {
  readonly IncomingMessage: typeof IncomingMessage;
  readonly ServerResponse: typeof ServerResponse;
}

/**
 * Classes whose requests and responses are Express's from their beginning. To all others Express gives another prototype one by one, after which V8 11 lets nothing
 * that a request leaves behind go until it collects all memory: each small collection then copies 13 kB for each request, and takes as long as for thirty times the garbage.
 */
export function messageClassesOf(app: Express): MessageClasses {
  class ServedRequest extends IncomingMessage {}
  class ServedResponse<Request extends IncomingMessage = IncomingMessage> extends ServerResponse<Request> {}
  Object.setPrototypeOf(ServedRequest.prototype, app.request);
  Object.setPrototypeOf(ServedResponse.prototype, app.response);
  Object.assign(app, { request: ServedRequest.prototype, response: ServedResponse.prototype });
  return { IncomingMessage: ServedRequest, ServerResponse: ServedResponse };
}
