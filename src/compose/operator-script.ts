import { pathToFileURL } from 'node:url';
import { ConfigurationError } from '../errors/concord-error.ts';

/** A function of the operator's: what it is told and may say stands in the guide. */
export type OperatorScript = (told: unknown) => unknown;

/** Loads a module whose default export is a function. @throws ConfigurationError CON-C001 when it is none */
export async function operatorScript(file: string): Promise<OperatorScript> {
  const script: unknown = await import(pathToFileURL(file).href).catch((cause: unknown) => {
    throw new ConfigurationError('CON-C001', `The script ${file} cannot be loaded`, { cause });
  });
  const found: unknown =
    typeof script === 'object' && script !== null && 'default' in script ? script.default : undefined;
  if (!isScript(found))
    throw new ConfigurationError('CON-C001', `The script ${file} exports no function as its default`);
  return found;
}

function isScript(value: unknown): value is OperatorScript {
  return typeof value === 'function';
}
