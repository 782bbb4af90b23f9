import { z } from 'zod';
import { ProtocolError, RequestError } from '../errors/concord-error.ts';
import { textAnswer } from './answer.ts';
import type { BodyReader } from './body-reader.ts';
import { mediaTypeOf } from './body-reader.ts';
import { readBody } from './request-body.ts';
import type { Route } from './route.ts';
import { defineRoute } from './route.ts';

/** More than any mail server passes on; what a site takes of it, its settings say. */
const maxPostedOctets = 64 * 1024 * 1024;

/** A mail as it came, or in the field `Mail` of a form, as the scripts of ERP5's CMFMailIn post it. */
const mailBody: BodyReader<Uint8Array> = {
  mediaTypes: ['message/rfc822', 'application/octet-stream', 'text/plain', 'application/x-www-form-urlencoded'],
  schema: undefined,
  isOptional: false,
  read: async (request) => {
    const octets = await readBody(request, maxPostedOctets);
    if (mediaTypeOf(request) !== 'application/x-www-form-urlencoded') return octets;
    const mail = new URLSearchParams(Buffer.from(octets).toString('latin1')).get('Mail');
    if (mail === null) throw new RequestError('CON-R008', 'The form has no field “Mail”');
    return Buffer.from(mail, 'utf8');
  },
};

/** Takes a mail from a mail server's alias (design.md §7). 200: it is dealt with; 422: the sender is to be told; 503: bring it again. */
export const mailinRoute: Route = defineRoute({
  method: 'POST',
  template: '/portal_mailin/{path}',
  summary: 'Takes a mail, for `concord mail-in` and for scripts like it.',
  roles: ['Synchronizer'],
  query: z.looseObject({}),
  body: mailBody,
  answers: { 200: 'What became of it', 422: 'Refused: the sender is to be told' },
  changes: true,
  async handle({ services, context, body }) {
    const outcome = await services.receiveMail(context, body);
    if (outcome.outcome === 'refused') throw new ProtocolError('CON-M004', outcome.why);
    return textAnswer('why' in outcome ? `${outcome.outcome}: ${outcome.why}` : outcome.outcome);
  },
});
