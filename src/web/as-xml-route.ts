import { renderAsXml } from '../use-cases/objects/render-as-xml.ts';
import { xmlAnswer } from './answer.ts';
import { noBody } from './body-reader.ts';
import { noQuery } from './query.ts';
import { defineRoute } from './route.ts';

/** `/<site>/<path>/asXML` of the setup that this replaces. It fits below any address, so it comes after all others. */
export const asXmlRoute = defineRoute({
  method: 'GET',
  template: '/{path}/asXML',
  summary: 'An object, or the site, with all that is below it.',
  roles: ['Publisher', 'Member'],
  query: noQuery,
  body: noBody,
  answers: { 200: 'XML, for reading', 404: 'There is no object' },
  handle: async ({ context, path }) => xmlAnswer(await renderAsXml(context, path)),
});
