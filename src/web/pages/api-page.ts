import { z } from 'zod';
import type { Route } from '../route.ts';
import { servedRoutes } from '../api/routes.ts';
import { tagOf } from '../api/openapi.ts';
import { siteHref } from './addresses.ts';
import type { SitePage } from './page.ts';
import { definePage } from './page.ts';

/** One thing that the API can do. */
export interface ApiOperation {
  readonly method: string;
  readonly address: string;
  readonly summary: string;
  readonly roles: string;
  readonly parameters: readonly { readonly name: string; readonly where: string; readonly text: string }[];
  readonly body: string;
  readonly answers: readonly { readonly status: string; readonly text: string }[];
}

/** What the readable description shows. */
export interface ApiView {
  readonly openApiHref: string;
  readonly groups: readonly { readonly tag: string; readonly operations: readonly ApiOperation[] }[];
}

/** The description of the API for people; out of the same table as the one for programs. */
export const apiPage: SitePage = definePage({
  template: '/api/v1/openapi.html',
  roles: 'everyone',
  query: z.object({}),
  async show({ context, t }) {
    const tags = [...new Set(servedRoutes.map(({ template }) => tagOf(template)))];
    const view: ApiView = {
      openApiHref: siteHref(context.site, ['api', 'v1', 'openapi.json']),
      groups: tags.map((tag) => ({
        tag,
        operations: servedRoutes
          .filter(({ template }) => tagOf(template) === tag)
          .map((route) => operationOf(context.site, route)),
      })),
    };
    return { kind: 'page', template: 'api', title: t('api.title'), area: 'none', view };
  },
});

function operationOf(site: string, { method, template, summary, roles, query, body, answers }: Route): ApiOperation {
  const fromPath = [...template.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({ name, where: 'path', text: '' }));
  const fromQuery = Object.entries(query.shape).map(([name, schema]) => ({
    name,
    where: 'query',
    text: describe(schema),
  }));
  return {
    method,
    address: `/${site}${template === '/' ? '' : template}`,
    summary,
    roles: roles === 'everyone' ? '' : ['Manager', ...roles].join(', '),
    parameters: [...fromPath, ...fromQuery],
    body: [body.mediaTypes.join(', '), fieldsOf(body.schema)].filter((text) => text !== '').join(': '),
    answers: Object.entries(answers).map(([status, text]) => ({ status, text })),
  };
}

function describe(schema: unknown): string {
  return schema instanceof z.ZodType ? (schema.description ?? '') : '';
}

/** The names in a body of JSON; those that may be left out with a question mark. */
function fieldsOf(schema: z.ZodType | undefined): string {
  if (schema === undefined) return '';
  if (schema instanceof z.ZodUnion) {
    // The options of a union are schemas of zod.
    const options = schema.options as readonly z.ZodType[];
    return options.map(fieldsOf).join(' | ');
  }
  if (!(schema instanceof z.ZodObject)) return '';
  const names = Object.entries(schema.shape).map(([name, each]) => {
    const mayLack = each instanceof z.ZodType && each.safeParse(undefined).success;
    return mayLack ? `${name}?` : name;
  });
  return `{ ${names.join(', ')} }`;
}
