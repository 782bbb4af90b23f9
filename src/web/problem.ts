import { STATUS_CODES } from 'node:http';
import type { ErrorCode } from '../errors/codes.ts';
import { ConcordError, InvariantError } from '../errors/concord-error.ts';

/** An error as it is answered (RFC 9457). */
export interface Problem {
  readonly type: 'about:blank';
  readonly title: string;
  readonly status: number;
  readonly code: ErrorCode;
  readonly detail: string;
  readonly remedy: string;
}

const notFound = 404;
const conflict = 409;
const unprocessable = 422;

/** The HTTP status of each code that is not the server's own failure. */
const statuses: Readonly<Partial<Record<ErrorCode, number>>> = {
  'CON-X001': 400,
  'CON-X002': 413,
  'CON-X003': 400,
  'CON-U001': unprocessable,
  'CON-S001': 400,
  'CON-S002': 400,
  'CON-S003': 400,
  'CON-S004': 503,
  'CON-D001': 503,
  'CON-D002': 507,
  'CON-D005': 503,
  'CON-E001': conflict,
  'CON-E002': conflict,
  'CON-E003': conflict,
  'CON-E004': conflict,
  'CON-E005': conflict,
  'CON-E006': conflict,
  'CON-E007': unprocessable,
  'CON-E009': conflict,
  'CON-E010': conflict,
  'CON-E011': conflict,
  'CON-A001': 401,
  'CON-A002': 403,
  'CON-A003': 429,
  'CON-A004': 502,
  'CON-A005': 403,
  'CON-K001': 404,
  'CON-K002': 400,
  'CON-K003': 409,
  'CON-K004': 409,
  'CON-T006': 502,
  'CON-M001': 422,
  'CON-M004': 422,
  'CON-R001': notFound,
  'CON-R002': notFound,
  'CON-R003': notFound,
  'CON-R004': notFound,
  'CON-R005': unprocessable,
  'CON-R006': conflict,
  'CON-R007': 412,
  'CON-R008': 400,
  'CON-R009': notFound,
  'CON-R010': notFound,
  'CON-R011': notFound,
  'CON-R012': conflict,
  'CON-R013': notFound,
  'CON-R014': 400,
  'CON-R015': notFound,
  'CON-R016': notFound,
  'CON-R017': notFound,
  'CON-R018': notFound,
  'CON-R019': conflict,
  'CON-R021': 400,
  'CON-T001': 502,
  'CON-T002': 502,
  'CON-T003': 504,
  'CON-T004': 502,
  'CON-T005': 503,
  'CON-Q001': conflict,
  'CON-W001': notFound,
  'CON-W002': 405,
  'CON-W003': 413,
  'CON-W004': 415,
  'CON-W009': 429,
  'CON-W005': 406,
  'CON-W006': 403,
  'CON-W007': 501,
  'CON-W008': 400,
};

/** Takes any error for one of the catalogue: what is not is our own fault, and its text is not for strangers. */
export function asConcordError(error: unknown): ConcordError {
  if (error instanceof ConcordError) return error;
  return new InvariantError('CON-I001', 'Something went wrong inside the server', { cause: error });
}

/** What is answered for an error. Details of it are for the log: they stay here. */
export function problemOf(error: ConcordError): Problem {
  const status = statuses[error.code] ?? 500;
  const title = STATUS_CODES[status] ?? 'Error';
  return { type: 'about:blank', title, status, code: error.code, detail: error.message, remedy: error.remedy };
}

/** Seconds after which the same request may go well; undefined when it will not by itself. */
export function retryAfterSeconds(error: ConcordError): number | undefined {
  if (error.retry === 'never') return undefined;
  const { retryAfter } = error.details;
  if (typeof retryAfter === 'string' && /^\d{1,6}$/.test(retryAfter)) return Number(retryAfter);
  return error.code === 'CON-A003' ? 60 : 5;
}
