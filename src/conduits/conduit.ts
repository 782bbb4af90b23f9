import { RequestError } from '../errors/concord-error.ts';
import type { Conduit } from './document-rules.ts';
import { objectConduit } from './object.ts';
import { rowConduit } from './row.ts';
import { textConduit } from './text.ts';
import { xmlConduit } from './xml.ts';

const conduits: ReadonlyMap<string, (settings: string) => Conduit | undefined> = new Map([
  ['object', (settings: string) => (settings === '' ? objectConduit : undefined)],
  ['xml', xmlConduit],
  ['row', rowConduit],
  ['text', (settings: string) => (settings === '' ? textConduit : undefined)],
]);

/**
 * The conduit that a publication names, with its settings behind a colon: `object` (also for the empty name), `xml`, `xml:planet=name,ref`, `row`, `row:code`, `text`.
 * @throws RequestError CON-R005 for an unknown one, listing the known; CON-R008 for wrong settings
 */
export function conduitNamed(text: string): Conduit {
  const conduit = conduitOf(text);
  if (conduit !== undefined) return conduit;
  const known = [...conduits.keys()].join(', ');
  throw new RequestError('CON-R005', `There is no conduit “${text}”. Known are: ${known}`);
}

/** How the conduit writes that a peer names; undefined: all that comes, as far as this site knows. */
export function writingOf(text: string | undefined): Conduit['write'] {
  try {
    return text === undefined ? undefined : conduitOf(text)?.write;
  } catch (cause) {
    if (cause instanceof RequestError) return undefined;
    throw cause;
  }
}

/** The name by which peers are told of a conduit: only of one that does not write all that comes. */
export function lossyName(text: string): { readonly conduit?: string } {
  return conduitNamed(text).write === undefined ? {} : { conduit: text };
}

function conduitOf(text: string): Conduit | undefined {
  const [name = '', ...rest] = text.split(':');
  return conduits.get(name === '' ? 'object' : name)?.(rest.join(':').trim());
}
