import { RequestError } from '../errors/concord-error.ts';
import { parseStoredXml } from '../xml/parse.ts';
import { parseKeyPath } from './key-path.ts';
import type { Path } from './path.ts';
import { formatPath } from './path.ts';

/** An object that is about to be: its ids from the publication's path down, and its canonical document. */
export interface NewObject {
  readonly path: Path;
  readonly document: string;
}

/** Makes the text of a gid out of what an object is when it is created; undefined when the object has nothing to make it of. Run once for each object. */
export type GidGenerator = (object: NewObject) => string | undefined;

const propertyPrefix = 'property:';
const known = 'uuid, id, path, property:NAME';

/**
 * The generator that a publication names: `id` (the object's id), `path` (its path below that of the publication), `property:NAME` (the value of a property,
 * element or attribute, written as `import --key` takes it). Undefined for `uuid` and for the empty name: a new random one.
 * @throws RequestError CON-R005 for an unknown one, listing the known; CON-R008 for a property that cannot be one
 */
export function gidGeneratorNamed(name: string): GidGenerator | undefined {
  switch (name) {
    case '':
    case 'uuid':
      return undefined;
    case 'id':
      return ({ path }) => path.at(-1);
    case 'path':
      return ({ path }) => formatPath(path).slice(1);
    default: {
      if (!name.startsWith(propertyPrefix))
        throw new RequestError('CON-R005', `There is no GID generator “${name}”. Known are: ${known}`);
      const valueOf = parseKeyPath(name.slice(propertyPrefix.length));
      return ({ document }) => valueOf(parseStoredXml(document).root);
    }
  }
}
