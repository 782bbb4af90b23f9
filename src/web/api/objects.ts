import { z } from 'zod';
import { RequestError } from '../../errors/concord-error.ts';
import { documentFromJson, jsonFromDocument } from '../../objects/json-form.ts';
import type { Path } from '../../objects/path.ts';
import { formatPath, parsePath } from '../../objects/path.ts';
import type { Version } from '../../objects/version.ts';
import { digestOfVersion } from '../../objects/version.ts';
import { listChildren, readObject } from '../../use-cases/objects/read-object.ts';
import type { Precondition } from '../../use-cases/objects/precondition.ts';
import type { SiteContext } from '../../use-cases/site-context.ts';
import type { WrittenObject } from '../../use-cases/objects/write-object.ts';
import { deleteObject, moveObject, patchObject, putObject } from '../../use-cases/objects/write-object.ts';
import { decodeXml } from '../../xml/decode.ts';
import type { XmlLimits } from '../../xml/limits.ts';
import { defaultXmlLimits } from '../../xml/limits.ts';
import type { Answer } from '../answer.ts';
import { emptyAnswer, jsonAnswer, xmlAnswer } from '../answer.ts';
import type { SentDocument } from '../body-reader.ts';
import { documentBody, noBody, optionalJsonBody, parseJson } from '../body-reader.ts';
import { flag, noQuery, pageLimit } from '../query.ts';
import type { Call, Route } from '../route.ts';
import { defineRoute } from '../route.ts';

const xmlTypes = ['application/xml', 'text/xml'];
const template = '/api/v1/objects/{path}';
const readers = ['Publisher', 'Member'] as const;
const editors = ['Publisher', 'Member'] as const;

const readQuery = z.strictObject({ children: flag, after: z.string().optional(), limit: pageLimit });
const putQuery = z.strictObject({ type: z.string().optional(), createParents: flag });
const deleteQuery = z.strictObject({ recursive: flag });
const moveQuery = z.strictObject({ move: z.string().optional() });
const moveBody = z.strictObject({ to: z.string() });

/** An object as lists have it: the envelope, without the document. */
export interface ObjectEntry {
  readonly path: string;
  readonly id: string;
  readonly gid: string;
  readonly type: string;
  readonly digest: string;
}

/** The entry of an object that stands at a path. */
export function entryOf(version: Version, path: Path): ObjectEntry {
  const { id, gid, type } = version;
  return { path: formatPath(path), id, gid, type, digest: digestOfVersion(version) };
}

/** Reading and writing objects by their path. The ETag is the digest of the whole object. */
export const objectRoutes: readonly Route[] = [
  defineRoute({
    method: 'GET',
    template,
    summary:
      'The document of an object, as XML or JSON; with `children`, and at the site itself, a page of what is below it.',
    roles: readers,
    query: readQuery,
    body: noBody,
    answers: { 200: 'The document, or the list', 304: 'It is still as If-None-Match says', 404: 'There is no object' },
    handle: readOrList,
  }),
  defineRoute({
    method: 'PUT',
    template,
    summary:
      'Creates or replaces an object. `If-Match` asks that it is still as it was read, `If-None-Match: *` that there is none yet.',
    roles: editors,
    query: putQuery,
    body: documentBody([...xmlTypes, 'application/json']),
    answers: {
      200: 'Replaced, or the same already',
      201: 'Created',
      404: 'A folder on the way is missing',
      412: 'It has changed',
    },
    async handle({ context, actor, path, query, body, request }) {
      const document = documentOf(body, context.xmlLimits);
      const { type, createParents = false } = query;
      const options = {
        path,
        document,
        createParents,
        ...(type === undefined ? {} : { type }),
        ...preconditionOf(request),
      };
      return written(context, path, await putObject(context, actor, options));
    },
  }),
  defineRoute({
    method: 'PATCH',
    template,
    summary: 'Applies XUpdate modifications to the document of an object.',
    roles: editors,
    query: noQuery,
    body: documentBody(['application/xupdate+xml', ...xmlTypes]),
    answers: { 200: 'Changed', 404: 'There is no object', 412: 'It has changed', 422: 'The modifications do not fit' },
    async handle({ context, actor, path, body, request }) {
      const modifications = decodeXml(body.octets, context.xmlLimits ?? defaultXmlLimits);
      return written(
        context,
        path,
        await patchObject(context, actor, { path, modifications, ...preconditionOf(request) }),
      );
    },
  }),
  defineRoute({
    method: 'DELETE',
    template,
    summary: 'Deletes an object; with `recursive` all that is below it too. Its history stays, and can bring it back.',
    roles: editors,
    query: deleteQuery,
    body: noBody,
    answers: { 200: 'Deleted', 404: 'There is no object', 409: 'There are objects below it', 412: 'It has changed' },
    async handle({ context, actor, path, query, request }) {
      const { recursive = false } = query;
      const deleted = await deleteObject(context, actor, { path, recursive, ...preconditionOf(request) });
      return jsonAnswer({ deleted });
    },
  }),
  defineRoute({
    method: 'POST',
    template,
    summary: 'Moves or renames an object with all that is below it, to the path `move` or the `to` of the body.',
    roles: editors,
    query: moveQuery,
    body: optionalJsonBody(moveBody),
    answers: {
      200: 'Moved',
      404: 'There is no object, or no such folder',
      409: 'Something is there already',
      412: 'It has changed',
    },
    async handle({ context, actor, path, query, body, request }) {
      const target = query.move ?? body?.to;
      if (target === undefined)
        throw new RequestError('CON-R008', 'Say where to: ?move=/new/path, or {"to": "/new/path"}');
      const to = parsePath(target);
      return written(context, to, await moveObject(context, actor, { path, to, ...preconditionOf(request) }));
    },
  }),
];

type Reading = Call<z.output<typeof readQuery>, undefined>;

async function readOrList(call: Reading): Promise<Answer> {
  const { context, path, query } = call;
  if (query.children === true || path.length === 0) return list(context, path, query);
  const version = await readObject(context, path);
  const tag = tagOf(digestOfVersion(version));
  const headers = {
    ETag: tag,
    Vary: 'Accept',
    'Concord-Gid': encodeURIComponent(version.gid),
    'Concord-Type': version.type,
  };
  if (isNamed(call.request.headers['if-none-match'], tag)) return emptyAnswer(304, headers);
  return call.request.accepts([...xmlTypes, 'application/json']) === 'application/json'
    ? jsonAnswer(jsonFromDocument(version.document), { headers })
    : documentAnswer(call, version, headers);
}

function documentAnswer({ request }: Reading, version: Version, headers: Readonly<Record<string, string>>): Answer {
  if (request.accepts(xmlTypes) === false)
    throw new RequestError('CON-W005', 'An object can be had as application/xml, text/xml or application/json');
  return xmlAnswer(version.document, headers);
}

async function list(context: SiteContext, path: Path, query: z.output<typeof readQuery>): Promise<Answer> {
  const { after, limit } = query;
  const found = await listChildren(context, path, { ...(after === undefined ? {} : { after }), limit: limit + 1 });
  const children = found.slice(0, limit).map((version) => entryOf(version, [...path, version.id]));
  // The last one again as `after` gives the next page; null: this is the last page.
  const next = found.length > limit ? (children.at(-1)?.id ?? null) : null;
  return jsonAnswer({ path: formatPath(path), children, next });
}

async function written(context: SiteContext, path: Path, object: WrittenObject): Promise<Answer> {
  const headers = { ETag: tagOf(object.digest), Location: locationOf(context, path) };
  return jsonAnswer(entryOf(object.version, path), { status: object.isNew ? 201 : 200, headers });
}

function locationOf({ site }: SiteContext, path: Path): string {
  return ['', site, 'api', 'v1', 'objects', ...path].map((segment) => encodeURIComponent(segment)).join('/');
}

function documentOf({ mediaType, octets }: SentDocument, limits: XmlLimits = defaultXmlLimits): string {
  return mediaType === 'application/json' ? documentFromJson(parseJson(octets), limits) : decodeXml(octets, limits);
}

function tagOf(digest: string): string {
  return `"${digest}"`;
}

function isNamed(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false;
  // A weak comparison (RFC 9110, section 13.1.2).
  return header.split(',').some((each) => each.trim() === '*' || each.trim().replace(/^W\//, '') === tag);
}

/** @throws RequestError CON-R008 for lists of digests, which nobody who has read one object sends */
function preconditionOf({ headers }: Call<unknown, unknown>['request']): Omit<Precondition, 'path'> {
  const { 'if-match': match, 'if-none-match': noneMatch } = headers;
  if (noneMatch !== undefined && noneMatch !== '*')
    throw new RequestError('CON-R008', 'If-None-Match can only be * when something is written');
  if (match?.includes(',') === true) throw new RequestError('CON-R008', 'If-Match can only be one digest, or *');
  return {
    // A weak one never matches, because its W/ stays (RFC 9110, section 13.1.1).
    ...(match === undefined ? {} : { ifMatch: match.replace(/^"(.*)"$/, '$1') }),
    ...(noneMatch === undefined ? {} : { ifNoneMatch: '*' as const }),
  };
}
