import type { Request } from 'express';
import type { z } from 'zod';
import { RequestError } from '../errors/concord-error.ts';
import { parsed } from './query.ts';
import { readBody } from './request-body.ts';

/** How a route reads its body. */
export interface BodyReader<Body> {
  /** What it takes; empty: no body. `text/xml` and the like. */
  readonly mediaTypes: readonly string[];
  /** Of JSON. */
  readonly schema: z.ZodType | undefined;
  readonly isOptional: boolean;
  read(request: Request, maxOctets: number): Promise<Body>;
}

/** A document that was sent, and as what. */
export interface SentDocument {
  readonly mediaType: string;
  readonly octets: Uint8Array;
}

/** Settings and lists of ids are short; documents have a limit of their own. */
const maxJsonOctets = 1_000_000;

/** For routes that take no body. One that is sent all the same is not read. */
export const noBody: BodyReader<undefined> = {
  mediaTypes: [],
  schema: undefined,
  isOptional: true,
  read: async () => undefined,
};

/** JSON as a schema says. */
export function jsonBody<Schema extends z.ZodType>(schema: Schema): BodyReader<z.output<Schema>> {
  return {
    mediaTypes: ['application/json'],
    schema,
    isOptional: false,
    read: async (request, maxOctets) => readJson(request, { schema, maxOctets }),
  };
}

/** JSON as a schema says, or no body at all. */
export function optionalJsonBody<Schema extends z.ZodType>(schema: Schema): BodyReader<z.output<Schema> | undefined> {
  return {
    mediaTypes: ['application/json'],
    schema,
    isOptional: true,
    read: async (request, maxOctets) => (hasBody(request) ? readJson(request, { schema, maxOctets }) : undefined),
  };
}

/** A document of one of these media types, as it came. */
export function documentBody(mediaTypes: readonly string[]): BodyReader<SentDocument> {
  return {
    mediaTypes,
    schema: undefined,
    isOptional: false,
    read: async (request, maxOctets) => {
      const mediaType = requireMediaType(request, mediaTypes);
      return { mediaType, octets: await readBody(request, maxOctets) };
    },
  };
}

/** JSON text as a value. @throws RequestError CON-R014 */
export function parseJson(octets: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(octets));
  } catch (cause) {
    throw new RequestError('CON-R014', `The body is not JSON: ${cause instanceof Error ? cause.message : ''}`, {
      cause,
    });
  }
}

/** The media type of the body, lower case and without parameters; empty when it is not said. */
export function mediaTypeOf(request: Pick<Request, 'headers'>): string {
  return (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

async function readJson<Schema extends z.ZodType>(
  request: Request,
  { schema, maxOctets }: { readonly schema: Schema; readonly maxOctets: number },
): Promise<z.output<Schema>> {
  requireMediaType(request, ['application/json']);
  return parsed(schema, parseJson(await readBody(request, Math.min(maxOctets, maxJsonOctets))), 'body');
}

function requireMediaType(request: Request, mediaTypes: readonly string[]): string {
  const mediaType = mediaTypeOf(request);
  if (mediaTypes.includes(mediaType)) return mediaType;
  const sent = mediaType === '' ? 'The Content-Type is missing' : `“${mediaType}” is not taken here`;
  throw new RequestError('CON-W004', `${sent}; send ${mediaTypes.join(' or ')}`);
}

function hasBody({ headers }: Request): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
}
