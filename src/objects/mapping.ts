import { RequestError } from '../errors/concord-error.ts';

/** How the documents of a publication are rendered. What a mapping gives is digested and sent, so it is a function of the stored document alone. */
export interface Mapping {
  readonly name: string;
  /** Grows whenever the mapping gives something else for the same document: the publication then starts a new generation (engine.md §1). */
  readonly version: number;
  /** Canonical XML from canonical XML. */
  readonly render: (document: string) => string;
}

const mappings: readonly Mapping[] = [{ name: 'asXML', version: 1, render: (document) => document }];

/** The mapping with this name; the empty name is `asXML`. @throws RequestError CON-R005 */
export function mappingNamed(name: string): Mapping {
  const mapping = mappings.find((each) => each.name === (name === '' ? 'asXML' : name));
  if (mapping !== undefined) return mapping;
  const known = mappings.map((each) => each.name).join(', ');
  throw new RequestError('CON-R005', `There is no mapping “${name}”. Known are: ${known}`);
}
