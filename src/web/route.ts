import type { Request } from 'express';
import type { z } from 'zod';
import type { Path } from '../objects/path.ts';
import { parsePath } from '../objects/path.ts';
import type { Role } from '../ports/account-store.ts';
import type { Actor, SiteContext } from '../use-cases/site-context.ts';
import type { Answer } from './answer.ts';
import type { BodyReader } from './body-reader.ts';
import { readQuery } from './query.ts';
import { decodeSegment } from './request-address.ts';
import type { ChangeWatch } from '../use-cases/publisher/watch-changes.ts';
import type { WebServices } from './web-services.ts';

/** The methods of HTTP that routes have. GET answers HEAD too. */
export type Method = 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE';

/** What a route is asked, before query and body are read. */
export interface RouteRequest {
  readonly services: WebServices;
  /** Who is told of changes, by this process. */
  readonly changes: ChangeWatch;
  readonly context: SiteContext;
  readonly actor: Actor;
  readonly request: Request;
  readonly query: URLSearchParams;
  readonly match: RouteMatch;
  readonly maxBodyOctets: number;
}

/** What the handler of a route is given: everything checked. */
export interface Call<Query, Body> extends RouteMatch {
  readonly services: WebServices;
  readonly changes: ChangeWatch;
  readonly context: SiteContext;
  readonly actor: Actor;
  readonly request: Request;
  readonly query: Query;
  readonly body: Body;
}

/** A request of which it is not known yet who sends it. */
export type UnknownCaller = Pick<RouteRequest, 'context' | 'request' | 'query' | 'match'>;

/** What a path template has caught: the value of each `{name}`, and the ids of `{path}`. */
export interface RouteMatch {
  readonly names: Readonly<Record<string, string>>;
  readonly path: Path;
}

/** A route as it is written down. */
export interface RouteDefinition<Query extends z.ZodObject, Body> {
  readonly method: Method;
  /** Below the site: `/api/v1/log`, `/api/v1/accounts/{name}`. `{path}` takes any number of segments, none too. */
  readonly template: string;
  readonly summary: string;
  /** Who may, beside a Manager; `everyone` who has signed in. */
  readonly roles: readonly Role[] | 'everyone';
  readonly query: Query;
  readonly body: BodyReader<Body>;
  /** By status, what it means. */
  readonly answers: Readonly<Record<number, string>>;
  /** What an answer in JSON looks like, for the description; left out where there is no fixed form. */
  readonly shape?: z.ZodType;
  /** It can also be followed as server-sent events. */
  readonly streams?: boolean;
  /** A GET that changes something all the same: pages of other sites may not make a browser send it. */
  readonly changes?: boolean;
  /** Who asks, where that is not said as elsewhere; undefined: as elsewhere. Throws as `signIn`. */
  readonly signIn?: (caller: UnknownCaller) => Promise<Actor | undefined>;
  handle(call: Call<z.output<Query>, Body>): Promise<Answer>;
}

/** A route whose query and body are read inside, so that routes of all kinds stand in one table. */
export interface Route extends Pick<
  RouteDefinition<z.ZodObject, unknown>,
  'method' | 'template' | 'summary' | 'roles' | 'query' | 'answers'
> {
  readonly body: Pick<BodyReader<unknown>, 'mediaTypes' | 'schema' | 'isOptional'>;
  readonly shape: z.ZodType | undefined;
  readonly streams: boolean;
  readonly changes: boolean;
  readonly signIn: ((caller: UnknownCaller) => Promise<Actor | undefined>) | undefined;
  run(request: RouteRequest): Promise<Answer>;
}

/** Makes a route that reads query and body by their schemas before it is handled. */
export function defineRoute<Query extends z.ZodObject, Body>(definition: RouteDefinition<Query, Body>): Route {
  const { method, template, summary, roles, answers } = definition;
  return {
    method,
    template,
    summary,
    roles,
    answers,
    query: definition.query,
    body: definition.body,
    shape: definition.shape,
    streams: definition.streams ?? false,
    changes: definition.changes ?? method !== 'GET',
    signIn: definition.signIn,
    async run({ query, maxBodyOctets, match, ...asked }) {
      const { request } = asked;
      const checkedQuery = readQuery(definition.query, query);
      const body = await definition.body.read(request, maxBodyOctets);
      return definition.handle({ ...asked, ...match, query: checkedQuery, body });
    },
  };
}

/**
 * What the template catches of the segments below the site; undefined when they do not fit.
 * @throws RequestError CON-R008 for segments that cannot be decoded, or cannot be ids
 */
export function matchTemplate(template: string, segments: readonly string[]): RouteMatch | undefined {
  const wanted = template.split('/').filter((segment) => segment !== '');
  const rest = wanted.indexOf('{path}');
  if (rest === -1) return wanted.length === segments.length ? matchFixed(wanted, segments, []) : undefined;
  const after = wanted.length - rest - 1;
  const end = segments.length - after;
  if (end < rest) return undefined;
  const fixed = [...segments.slice(0, rest), ...segments.slice(end)];
  return matchFixed(wanted.toSpliced(rest, 1), fixed, segments.slice(rest, end));
}

/** One segment for each of the template, and those that are a path. */
function matchFixed(
  wanted: readonly string[],
  segments: readonly string[],
  path: readonly string[],
): RouteMatch | undefined {
  const pairs = wanted.map((segment, at) => [segment, segments[at] ?? ''] as const);
  if (pairs.some(([segment, given]) => !isName(segment) && segment !== given)) return undefined;
  const names = pairs
    .filter(([segment]) => isName(segment))
    .map(([segment, given]) => [segment.slice(1, -1), decodeSegment(given)] as const);
  return { names: Object.fromEntries(names), path: parsePath(path.join('/')) };
}

function isName(segment: string): boolean {
  return segment.startsWith('{');
}
