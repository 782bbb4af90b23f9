import { describe, expect, it } from 'vitest';
import { servedRoutes } from '../../src/web/api/routes.ts';
import { startWeb } from './web-fixture.ts';

interface OpenApi {
  readonly openapi: string;
  readonly servers: readonly { readonly url: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema: object }[];
  readonly requestBody?: {
    readonly content: Readonly<Record<string, { readonly schema?: { readonly properties?: object } }>>;
  };
  readonly responses: Readonly<Record<string, unknown>>;
}

async function readDocument(): Promise<OpenApi> {
  const web = await startWeb();
  // Its form is what the tests below look at.
  return (await web.ask('/cps/api/v1/openapi.json')).json as unknown as OpenApi;
}

describe('the OpenAPI document', () => {
  it('lists every route of the API with all that it may answer', async () => {
    const document = await readDocument();
    expect(document).toMatchObject({ openapi: '3.1.0', servers: [{ url: '/cps' }] });
    for (const { method, template, answers } of servedRoutes) {
      const operation = document.paths[template]?.[method.toLowerCase()];
      expect
        .soft(Object.keys(operation?.responses ?? {}), `${method} ${template}`)
        .toEqual([...Object.keys(answers), 'default']);
    }
  });

  it('lists nothing that is not there', async () => {
    const { paths } = await readDocument();
    const listed = Object.entries(paths).flatMap(([template, operations]) =>
      Object.keys(operations).map((method) => `${method} ${template}`),
    );
    expect(listed.sort()).toEqual(
      servedRoutes.map(({ method, template }) => `${method.toLowerCase()} ${template}`).sort(),
    );
  });

  it('names each operation once, and declares each name of its path', async () => {
    const { paths } = await readDocument();
    const ids = Object.values(paths).flatMap((operations) =>
      Object.values(operations).map(({ operationId }) => operationId),
    );
    expect(new Set(ids).size).toBe(ids.length);
    for (const [template, operations] of Object.entries(paths)) {
      const names = [...template.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
      for (const { parameters = [] } of Object.values(operations))
        expect(parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name)).toEqual(names);
    }
  });

  it('describes queries and bodies by the schemas that check them', async () => {
    const { paths } = await readDocument();
    const limit = paths['/api/v1/log']?.['get']?.parameters?.find(({ name }) => name === 'limit');
    expect(limit?.schema).toMatchObject({ type: 'integer', minimum: 1, maximum: 1000, default: 100 });
    const body = paths['/api/v1/publications/{id}']?.['put']?.requestBody?.content['application/json'];
    expect(Object.keys(body?.schema?.properties ?? {})).toContain('conflictPolicy');
    expect(Object.keys(paths['/api/v1/objects/{path}']?.['put']?.requestBody?.content ?? {})).toContain('text/xml');
  });
});
