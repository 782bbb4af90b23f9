import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Response } from 'express';

/** What is answered to a request that went well. */
export interface Answer {
  readonly status: number;
  /** With its character set; undefined: there is no body. */
  readonly type: string | undefined;
  /** What is long comes in pieces, and is not held in memory. */
  readonly body: string | Uint8Array | AsyncIterable<string>;
  readonly headers: Readonly<Record<string, string>>;
  /** Each piece goes out as soon as it is there, however short. */
  readonly isLive?: boolean;
}

const blockLength = 32_768;

/** What a response emits when a live answer has begun, which may not end for hours. */
export const streamBegins = 'stream-begins';

/** An answer in JSON, ended by a line feed, for terminals. */
export function jsonAnswer(
  value: unknown,
  options: { readonly status?: number; readonly headers?: Readonly<Record<string, string>> } = {},
): Answer {
  const { status = 200, headers = {} } = options;
  return { status, type: 'application/json; charset=utf-8', body: `${JSON.stringify(value, undefined, 1)}\n`, headers };
}

/** An answer in XML. It may be any vocabulary, of anybody: a browser that shows it, as XHTML even, treats it as a page of nobody. */
export function xmlAnswer(xml: Answer['body'], headers: Readonly<Record<string, string>> = {}): Answer {
  // Inline style is that of the browser's own view of XML.
  const policy = "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";
  return {
    status: 200,
    type: 'application/xml; charset=utf-8',
    body: xml,
    headers: { 'Content-Security-Policy': policy, ...headers },
  };
}

/** An answer of a few words. */
export function textAnswer(text: string, status = 200): Answer {
  return { status, type: 'text/plain; charset=utf-8', body: `${text}\n`, headers: {} };
}

/** An answer that says only that it went well, or that nothing has changed. */
export function emptyAnswer(status: 204 | 304, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, type: undefined, body: '', headers };
}

/**
 * Sends it. What the API says is of the moment and of one account: nobody on the way keeps it, but the client may ask whether it has changed. Rejects when the
 * pieces of a long one break off; who asked sees that it is not whole.
 */
export async function sendAnswer(
  response: Response,
  { status, type, body, headers, isLive = false }: Answer,
): Promise<void> {
  const octets = isWhole(body) ? Buffer.from(body) : undefined;
  // The server tells streams from others by it when it stops.
  if (isLive && type !== undefined) response.setHeader('Content-Type', type);
  response.writeHead(status, {
    'Cache-Control': 'private, no-cache',
    ...(type === undefined ? {} : { 'Content-Type': type }),
    ...(type === undefined || octets === undefined ? {} : { 'Content-Length': octets.length }),
    ...headers,
  });
  if (isLive) response.emit(streamBegins);
  if (isWhole(body) || response.req.method === 'HEAD') response.end(octets);
  else await sendInPieces(response, isLive ? body : inBlocks(body));
}

async function sendInPieces(response: Response, body: AsyncIterable<string>): Promise<void> {
  try {
    await pipeline(Readable.from(body), response);
  } catch (error) {
    // Who asked has gone away in the middle: nobody is left to tell, and nothing is wrong here.
    const isGone = error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE';
    if (!isGone) throw error;
  }
}

function isWhole(body: Answer['body']): body is string | Uint8Array {
  return typeof body === 'string' || body instanceof Uint8Array;
}

/** Each block is written by itself, with its length before it: pieces of a few octets would cost more than they are. */
async function* inBlocks(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  let block = '';
  for await (const piece of pieces) {
    block += piece;
    if (block.length < blockLength) continue;
    yield block;
    block = '';
  }
  if (block !== '') yield block;
}
