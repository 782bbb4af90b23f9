import type { Request } from 'express';
import type { SiteContext } from '../../use-cases/site-context.ts';
import type { Visitor } from './page.ts';

/** Around what a page is shown. */
export interface Surroundings {
  readonly request: Request;
  readonly query: URLSearchParams;
  readonly visitor: Visitor | undefined;
  readonly context: SiteContext | undefined;
}
