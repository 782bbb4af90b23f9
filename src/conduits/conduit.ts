import { RequestError } from '../errors/concord-error.ts';
import type { Conduit } from './document-rules.ts';
import { objectConduit } from './object.ts';
import { rowConduit } from './row.ts';
import { xmlConduit } from './xml.ts';

const conduits: ReadonlyMap<string, (settings: string) => Conduit | undefined> = new Map([
  ['object', (settings: string) => (settings === '' ? objectConduit : undefined)],
  ['xml', xmlConduit],
  ['row', rowConduit],
]);

/**
 * The conduit that a publication names, with its settings behind a colon: `object` (also for the empty name), `xml`, `xml:planet=name,ref`, `row`, `row:code`.
 * @throws RequestError CON-R005 for an unknown one, listing the known; CON-R008 for wrong settings
 */
export function conduitNamed(text: string): Conduit {
  const [name = '', ...rest] = text.split(':');
  const conduit = conduits.get(name === '' ? 'object' : name)?.(rest.join(':').trim());
  if (conduit !== undefined) return conduit;
  const known = [...conduits.keys()].join(', ');
  throw new RequestError('CON-R005', `There is no conduit “${text}”. Known are: ${known}`);
}
