import type { ErrorRequestHandler, Response } from 'express';
import type { ConcordError } from '../errors/concord-error.ts';
import { sendAnswer } from './answer.ts';
import { answerErrorPage } from './pages/answer-error-page.ts';
import type { PageRouter } from './pages/page-router.ts';
import { wantsPage } from './pages/page-router.ts';
import { asConcordError, problemOf, retryAfterSeconds } from './problem.ts';
import { addressForLog } from './request-address.ts';
import { challenge } from './sign-in.ts';
import type { WebServices } from './web-services.ts';

/** Turns every error into an answer: a page for people; else `application/problem+json` with the code of the catalogue, what happened, and what to do about it. */
export function errorHandler(
  { reportFault }: Pick<WebServices, 'reportFault'>,
  pages?: PageRouter,
): ErrorRequestHandler {
  // eslint-disable-next-line @typescript-eslint/max-params -- Express knows an error handler by its four parameters.
  return async (thrown: unknown, request, response, _next) => {
    const error = asConcordError(thrown);
    if (problemOf(error).status >= 500 && error.retry === 'never')
      reportFault(thrown, { method: request.method, address: addressForLog(request) });
    if (response.headersSent) {
      // Half an answer cannot be taken back: the client must see that it is not whole.
      response.destroy();
      return;
    }
    const page = pages !== undefined && wantsPage(request) ? await answerErrorPage(pages, request, error) : undefined;
    if (page === undefined) sendProblem(response, error);
    else await sendAnswer(response, page);
  };
}

function sendProblem(response: Response, error: ConcordError): void {
  const problem = problemOf(error);
  const retryAfter = retryAfterSeconds(error);
  const { allow } = error.details;
  const body = Buffer.from(`${JSON.stringify(problem, undefined, 1)}\n`);
  response.writeHead(problem.status, {
    'Content-Type': 'application/problem+json; charset=utf-8',
    'Content-Length': body.length,
    'Cache-Control': 'no-store',
    ...(problem.status === 401 ? { 'WWW-Authenticate': challenge } : {}),
    ...(retryAfter === undefined ? {} : { 'Retry-After': retryAfter }),
    ...(typeof allow === 'string' ? { Allow: allow } : {}),
    // What was not read of the request must not be taken for the next one.
    ...(problem.status === 413 ? { Connection: 'close' } : {}),
  });
  response.end(body);
}
