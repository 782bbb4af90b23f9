import type { Request, Response } from 'express';
import { promisify } from 'node:util';
import { constants, gzip, gzipSync } from 'node:zlib';
import { RequestError } from '../errors/concord-error.ts';
import { looksSealed, sealedType } from '../use-cases/exchange/seals.ts';
import { mediaTypeOf } from './body-reader.ts';
import { decodeSegment, readAddress } from './request-address.ts';
import { readBody } from './request-body.ts';
import type { SyncShares } from './sync-shares.ts';
import type { WebServices, WebSettings } from './web-services.ts';

const syncmlType = 'application/vnd.syncml+xml';
const compressElsewhere = promisify(gzip);
/** Shorter answers do not get smaller by much. */
const compressFromOctets = 500;
const compression = { level: constants.Z_BEST_SPEED, chunkSize: 256 * 1024 };
/** Up to here it is done on the spot: handing it to another thread would take longer. */
const onTheSpotOctets = 128 * 1024;

/** What answers SyncML messages. */
export interface SyncmlServices {
  readonly services: WebServices;
  readonly settings: WebSettings;
  readonly shares: SyncShares;
}

/** Whether a request brings a SyncML message, in XML or (which is answered with what to send instead) in WBXML. */
export function isSyncml(request: Request): boolean {
  return request.method === 'POST' && mediaTypeOf(request).startsWith('application/vnd.syncml+');
}

/**
 * Takes a SyncML message and answers with one. Who sends it is said inside, so HTTP asks for no sign-in. As few headers as HTTP allows: a sync with nothing to
 * say is hardly more than headers.
 * @throws RequestError CON-R001 unknown site, CON-W001 not the address of a site, CON-W004 WBXML; CON-W009 (`later`) more than its share; and as `readBody`
 */
export async function answerSyncml(
  { services, settings, shares }: SyncmlServices,
  request: Request,
  response: Response,
): Promise<void> {
  const context = await services.site(siteOf(request));
  if (mediaTypeOf(request) !== syncmlType && mediaTypeOf(request) !== sealedType)
    throw new RequestError('CON-W004', `SyncML is taken in XML only here: send ${syncmlType}`);
  const address = request.ip ?? '';
  using _place = shares.enter(address);
  const body = await readBody(request, settings.maxMessageOctets);
  shares.count(address, body);
  const url = `${request.protocol}://${request.host}${request.originalUrl}`;
  const answer = await services.answerMessage(context, { body, url, remoteAddress: address });
  const isSealed = looksSealed(answer);
  const isCompressed = answer.length >= compressFromOctets && !isSealed && acceptsGzip(request);
  const octets = isCompressed ? await compress(answer) : answer;
  response.writeHead(200, {
    'Content-Type': isSealed ? sealedType : syncmlType,
    ...(isCompressed ? { 'Content-Encoding': 'gzip' } : {}),
    'Content-Length': octets.length,
  });
  response.end(octets);
}

async function compress(octets: Uint8Array): Promise<Uint8Array> {
  return octets.length <= onTheSpotOctets ? gzipSync(octets, compression) : compressElsewhere(octets, compression);
}

function siteOf(request: Request): string {
  const [site, ...others] = readAddress(request).segments;
  if (site === undefined)
    throw new RequestError('CON-W001', 'A SyncML message goes to the address of a site, such as /cps');
  if (others.length > 0)
    throw new RequestError(
      'CON-W001',
      `A SyncML message goes to the publication URL, /${site}; a subscription URL is only a name`,
    );
  return decodeSegment(site);
}

function acceptsGzip({ headers }: Request): boolean {
  return /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/i.test(headers['accept-encoding'] ?? '');
}
