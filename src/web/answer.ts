import type { Response } from 'express';

/** What is answered to a request that went well. */
export interface Answer {
  readonly status: number;
  /** With its character set; undefined: there is no body. */
  readonly type: string | undefined;
  readonly body: string | Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
}

/** An answer in JSON, ended by a line feed, for terminals. */
export function jsonAnswer(
  value: unknown,
  options: { readonly status?: number; readonly headers?: Readonly<Record<string, string>> } = {},
): Answer {
  const { status = 200, headers = {} } = options;
  return { status, type: 'application/json; charset=utf-8', body: `${JSON.stringify(value, undefined, 1)}\n`, headers };
}

/** An answer in XML. */
export function xmlAnswer(xml: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status: 200, type: 'application/xml; charset=utf-8', body: xml, headers };
}

/** An answer of a few words. */
export function textAnswer(text: string, status = 200): Answer {
  return { status, type: 'text/plain; charset=utf-8', body: `${text}\n`, headers: {} };
}

/** An answer that says only that it went well, or that nothing has changed. */
export function emptyAnswer(status: 204 | 304, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, type: undefined, body: '', headers };
}

/** Sends it. What the API says is of the moment and of one account: nobody on the way keeps it, but the client may ask whether it has changed. */
export function sendAnswer(response: Response, { status, type, body, headers }: Answer): void {
  const octets = Buffer.from(body);
  response.writeHead(status, {
    'Cache-Control': 'private, no-cache',
    ...(type === undefined ? {} : { 'Content-Type': type, 'Content-Length': String(octets.length) }),
    ...headers,
  });
  response.end(octets);
}
