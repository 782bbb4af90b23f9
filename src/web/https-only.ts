import type { RequestHandler } from 'express';

const aYear = 365 * 24 * 60 * 60;

/**
 * Asks browsers to come by https from now on (RFC 6797), where they came so already: the server has a certificate then, or a trusted proxy before it has one
 * (`server.trustedProxies`). A site in an office without one would be out of reach for a year.
 */
export const httpsOnly: RequestHandler = (request, response, next) => {
  if (request.secure) response.set('Strict-Transport-Security', `max-age=${aYear}`);
  next();
};
