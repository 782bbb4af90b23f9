import { ConcordError, RequestError } from '../errors/concord-error.ts';
import { decodeXml } from '../xml/decode.ts';
import type { XmlLimits } from '../xml/limits.ts';
import type { Modifications, Profile } from '../xupdate/modifications.ts';
import { parseModifications } from '../xupdate/parse-modifications.ts';
import type { Call } from './command-action.ts';
import type { OutputFolder } from './output-folder.ts';

/** Reads a delta; undefined for nothing at all, which is what `diff` writes of two documents that are equal. @throws XUpdateError */
export function readDelta(text: string, profile: Profile, limits: XmlLimits): Modifications | undefined {
  return text.trim() === '' ? undefined : parseModifications(text, profile, limits);
}

/**
 * Makes a folder hold these deltas, by the names of their files, and no others: `patch` takes every file in it for a delta. Returns the names of those that an earlier
 * comparison had left.
 * @throws RequestError CON-R006 before anything is written, when a file in it is no delta: the folder was meant for something else
 */
export async function writeDeltas(
  call: Call,
  deltas: ReadonlyMap<string, string>,
  output: OutputFolder,
): Promise<readonly string[]> {
  const present = await output.list();
  const others: string[] = [];
  for (const file of present) if (!isDelta(call, await output.read(file))) others.push(file);
  if (others.length > 0)
    throw new RequestError(
      'CON-R006',
      `Deltas need a folder for themselves, and ${output.name} has files that are none: ${others.join(', ')}`,
    );
  const left = present.filter((file) => !deltas.has(file));
  for (const file of left) await output.remove(file);
  await output.make();
  for (const [file, delta] of deltas) await output.write(file, `${delta}\n`);
  return left;
}

function isDelta(call: Call, octets: Awaited<ReturnType<OutputFolder['read']>>): boolean {
  if (!(octets instanceof Uint8Array)) return false;
  const limits = call.configuration().xml;
  try {
    readDelta(decodeXml(octets, limits), 'tool', limits);
    return true;
  } catch (cause) {
    if (cause instanceof ConcordError) return false;
    throw cause;
  }
}
