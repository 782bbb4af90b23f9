import type { Request } from 'express';
import { RequestError } from '../errors/concord-error.ts';

/** The address of a request, taken apart: segments as they were written, so that `%2F` within one is not yet a slash. */
export interface RequestAddress {
  readonly segments: readonly string[];
  readonly query: URLSearchParams;
}

/**
 * Reads the address as it was sent. By hand, because a URL object would resolve `.` and `..`, and the router decodes before it takes apart. Empty segments do
 * not count: `/cps/` is `/cps`.
 */
export function readAddress(request: Pick<Request, 'originalUrl'>): RequestAddress {
  const [text = ''] = request.originalUrl.replace(/^https?:\/\/[^/?#]*/i, '').split('#');
  const questionMark = text.indexOf('?');
  const path = questionMark === -1 ? text : text.slice(0, questionMark);
  const query = questionMark === -1 ? '' : text.slice(questionMark + 1);
  return { segments: path.split('/').filter((segment) => segment !== ''), query: new URLSearchParams(query) };
}

/** One segment decoded. @throws RequestError CON-R008 for a percent sign that escapes nothing */
export function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (cause) {
    throw new RequestError(
      'CON-R008',
      `“${segment}” in the address has a percent sign that escapes nothing; write it %25`,
      { cause },
    );
  }
}

/** The whole address, for messages and the log: without the query, which may hold anything. */
export function addressForLog(request: Pick<Request, 'originalUrl'>): string {
  return request.originalUrl.split('?', 1)[0] ?? '';
}
