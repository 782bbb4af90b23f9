import type { Revision } from '../objects/revision.ts';
import type { Version } from '../objects/version.ts';
import { digestOfVersion } from '../objects/version.ts';
import type { Digest } from '../xml/digest.ts';

/**
 * The version to which the sender of a change and this site have come alike, each by its own edits, since the base that the change names (ADR 0039). `line` is what the sender says
 * it had, newest first, down to the base; `history` this site's revisions, newest first. Undefined: none, or each has gone on from one to the other, and then nobody's edit was made on the other's.
 */
export function lastCommon(line: readonly Digest[], history: readonly Revision[]): Version | undefined {
  const here = history
    .filter(({ state }) => state === 'present')
    .map(({ version }) => ({ version, digest: digestOfVersion(version) }));
  const ours = here.find(({ digest }) => line.includes(digest));
  const theirs = line.find((passed) => here.some(({ digest }) => digest === passed));
  return ours?.digest === theirs ? ours?.version : undefined;
}
