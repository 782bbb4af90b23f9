import { z } from 'zod';
import type { Route } from '../route.ts';

/** An OpenAPI 3.1 document of the routes, made from the schemas that check the requests. `base` is the address of the site. */
export function openApiDocument(base: string, routes: readonly Route[]): unknown {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const operations = (paths[route.template] ??= {});
    operations[route.method.toLowerCase()] = operationOf(route);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Concord',
      version: '1',
      description: 'Errors are application/problem+json with a stable code, what happened, and what to do about it.',
    },
    servers: [{ url: base }],
    security: [{ token: [] }, { basic: [] }],
    tags: tagsOf(routes),
    paths,
    components: { securitySchemes, schemas: { Problem: problemSchema } },
  };
}

const securitySchemes = {
  token: { type: 'http', scheme: 'bearer', description: 'A token that was made for scripts.' },
  basic: { type: 'http', scheme: 'basic', description: 'User name and password.' },
};
const text = { type: 'string' };
const problemSchema = {
  type: 'object',
  properties: { type: text, title: text, status: { type: 'integer' }, code: text, detail: text, remedy: text },
  required: ['type', 'title', 'status', 'code', 'detail', 'remedy'],
};

function operationOf(route: Route): unknown {
  const { method, template, summary, roles, body } = route;
  const parameters = [...pathParameters(template), ...queryParameters(route.query)];
  const words = template
    .split('/')
    .filter((word) => word !== '' && word !== 'api' && word !== 'v1' && word !== '{path}');
  return {
    operationId: [method.toLowerCase(), ...words.map((word) => word.replace(/[{}]/g, ''))].join('-'),
    tags: [tagOf(template)],
    summary,
    description: roles === 'everyone' ? 'For every account.' : `Roles: ${['Manager', ...roles].join(', ')}.`,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body.mediaTypes.length === 0 ? {} : { requestBody: requestBodyOf(body) }),
    responses: responsesOf(route),
  };
}

function pathParameters(template: string): readonly unknown[] {
  const names = [...template.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '');
  return names.map((name) => ({
    name,
    in: 'path',
    required: true,
    schema: text,
    ...(name === 'path'
      ? { description: 'The ids from the top of the site, with slashes between; a slash of an id is %2F.' }
      : {}),
  }));
}

function queryParameters(query: z.ZodObject): readonly unknown[] {
  return Object.entries(query.shape).map(([name, schema]) => ({
    name,
    in: 'query',
    required: false,
    schema: schemaOf(schema),
  }));
}

function requestBodyOf({ mediaTypes, schema, isOptional }: Route['body']): unknown {
  const content = mediaTypes.map((type) => [type, schema === undefined ? {} : { schema: schemaOf(schema) }] as const);
  return { required: !isOptional, content: Object.fromEntries(content) };
}

function tagsOf(routes: readonly Route[]): readonly { readonly name: string }[] {
  return [...new Set(routes.map(({ template }) => tagOf(template)))].map((name) => ({ name }));
}

/** What a route is about: the first word of its template below the API; what stands elsewhere is there for the sake of old scripts. */
export function tagOf(template: string): string {
  return template.startsWith('/api/v1/') ? (template.split('/')[3] ?? '') : 'addresses of the setup';
}

function responsesOf({ answers, shape, streams }: Route): unknown {
  const content = {
    ...(shape === undefined ? {} : { 'application/json': { schema: answerSchema(shape) } }),
    ...(streams ? { 'text/event-stream': { schema: text } } : {}),
  };
  const hasContent = (status: string): boolean => status.startsWith('2') && Object.keys(content).length > 0;
  const listed = Object.entries(answers).map(
    ([status, description]) => [status, { description, ...(hasContent(status) ? { content } : {}) }] as const,
  );
  const schema = { $ref: '#/components/schemas/Problem' };
  const problem = { description: 'It was refused', content: { 'application/problem+json': { schema } } };
  return { ...Object.fromEntries(listed), default: problem };
}

function answerSchema(schema: z.ZodType): unknown {
  const { $schema: _dialect, ...described } = z.toJSONSchema(schema, {
    io: 'output',
    unrepresentable: 'any',
    // An answer may say more than is described.
    override: ({ jsonSchema }) => {
      if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
    },
  });
  return described;
}

function schemaOf(schema: unknown): unknown {
  if (!(schema instanceof z.ZodType)) return {};
  // What is sent, before defaults and transformations.
  const { $schema: _dialect, ...described } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return described;
}
