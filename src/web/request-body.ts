import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip, gunzipSync, inflate, inflateSync } from 'node:zlib';
import { RequestError } from '../errors/concord-error.ts';

const decompressors = { gzip: promisify(gunzip), 'x-gzip': promisify(gunzip), deflate: promisify(inflate) } as const;
/** Up to here it is done on the spot: handing it to another thread would take longer. */
const onTheSpotOctets = 32 * 1024;
/** What comes in one piece need not be put together; messages shrink to a quarter, mostly. */
const usualShare = 5;
const leastPieceOctets = 64 * 1024;
const largestPieceOctets = 2 * 1024 * 1024;
const onTheSpot = { gzip: gunzipSync, 'x-gzip': gunzipSync, deflate: inflateSync } as const;

/** What may still come after too much has come, and is thrown away: who has sent all of it reads our answer, who has not often does not. */
const drainedOctets = 32 * 1024 * 1024;

/**
 * The body of a request, decompressed; never more than `maxOctets` of memory for it, compressed or not.
 * @throws RequestError CON-W003 too large, CON-W004 an unknown compression, CON-R008 a damaged one, CON-W008 the client went away
 */
export async function readBody(request: IncomingMessage, maxOctets: number): Promise<Uint8Array> {
  const encoding = request.headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  if (encoding !== 'identity' && !isDecompressor(encoding))
    throw new RequestError('CON-W004', `The compression “${encoding}” is not known; gzip and deflate are`);
  const octets = await collect(request, maxOctets);
  if (!isDecompressor(encoding)) return octets;
  try {
    const expected = Math.max(leastPieceOctets, octets.length * usualShare);
    const limits = { maxOutputLength: maxOctets, chunkSize: Math.min(expected, largestPieceOctets) };
    const isShort = octets.length <= onTheSpotOctets;
    return isShort ? onTheSpot[encoding](octets, limits) : await decompressors[encoding](octets, limits);
  } catch (cause) {
    if (cause instanceof RangeError) throw tooLarge(maxOctets);
    throw new RequestError('CON-R008', `The body is not ${encoding}, as it should be`, { cause });
  }
}

function isDecompressor(encoding: string): encoding is keyof typeof decompressors {
  return Object.hasOwn(decompressors, encoding);
}

function collect(request: IncomingMessage, maxOctets: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = [];
    let octets = 0;
    request.on('data', (chunk: Uint8Array) => {
      octets += chunk.length;
      if (octets <= maxOctets) chunks.push(chunk);
      else chunks.length = 0;
      if (octets > maxOctets + drainedOctets) {
        request.pause();
        reject(tooLarge(maxOctets));
      }
    });
    request.on('end', () => {
      // Each error is made with where it was made, which takes longer than many a request.
      request.off('close', cutOff);
      if (octets > maxOctets) reject(tooLarge(maxOctets));
      else resolve(Buffer.concat(chunks, octets));
    });
    const cutOff = (): void => {
      reject(new RequestError('CON-W008', 'The request was cut off'));
    };
    request.on('error', cutOff);
    request.on('close', cutOff);
  });
}

function tooLarge(maxOctets: number): RequestError {
  return new RequestError('CON-W003', `The request has more than ${maxOctets} octets`);
}
