import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalXml } from '../src/xml/canonical.ts';
import { parseXml } from '../src/xml/parse.ts';
import type { XmlDocument, XmlElement } from '../src/xml/tree.ts';
import { applyModifications } from '../src/xupdate/apply.ts';
import { parseModifications } from '../src/xupdate/parse-modifications.ts';
import type { XmlPair } from './xml-pairs.ts';

/** What a peer took for a set of pairs. */
export interface PeerMeasured {
  readonly ms: number;
  readonly octets: number;
  /** How many of its differences make the later version, white space ignored; undefined where nobody can apply them. */
  readonly right: number | undefined;
  /** The same, all removals done at the end. */
  readonly rightDeferred: number | undefined;
}

/** A peer's results by the name of the set, or why there are none. */
export type Peer =
  | { readonly state: 'ready'; readonly version: string; readonly sets: ReadonlyMap<string, PeerMeasured> }
  | { readonly state: 'skipped'; readonly reason: string };

type NamedPairs = { readonly name: string; readonly pairs: readonly XmlPair[] };

const packages: Readonly<Record<string, string>> = { erp5diff: 'erp5diff', xmldiff: 'xmldiff==2.4' };

/** Measures the peers that are written in Python, each installed beside the project where it is not there yet. */
export async function measurePeers(root: string, sets: readonly NamedPairs[]): Promise<ReadonlyMap<string, Peer>> {
  const target = join(root, 'node_modules/.cache/concord/bench-python');
  const peers = new Map<string, Peer>();
  const ready: string[] = [];
  for (const [name, requirement] of Object.entries(packages)) {
    const reason = install(requirement, join(target, name));
    if (reason === undefined) ready.push(name);
    else peers.set(name, { state: 'skipped', reason });
  }
  for (const name of ready) peers.set(name, await measurePeer(root, { name, target: join(target, name), sets }));
  return peers;
}

function install(requirement: string, target: string): string | undefined {
  if (existsSync(target)) return undefined;
  const options = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--target', target, requirement];
  const { status, error } = spawnSync('python3', options, { stdio: 'ignore' });
  if (error !== undefined) return 'there is no python3';
  return status === 0 ? undefined : `pip cannot install ${requirement}`;
}

interface Task {
  readonly name: string;
  readonly target: string;
  readonly sets: readonly NamedPairs[];
}

async function measurePeer(root: string, { name, target, sets }: Task): Promise<Peer> {
  const script = join(root, 'bench/peers/xml_diff.py');
  const child = spawn('python3', [script], { env: { ...process.env, PYTHONPATH: target }, stdio: 'pipe' });
  const pieces: Buffer[] = [];
  child.stdout.on('data', (piece: Buffer) => pieces.push(piece));
  child.stderr.resume();
  // A peer that ends before it has read what it is asked is told by its status.
  child.stdin.on('error', () => undefined);
  const asked = sets.map((set) => ({ name: set.name, pairs: set.pairs.map(({ old, fresh }) => [old, fresh]) }));
  child.stdin.end(JSON.stringify({ peers: [name], sets: asked }));
  // Node says so of this event.
  const [status] = (await once(child, 'close')) as [number | null];
  const lines = Buffer.concat(pieces)
    .toString()
    .split('\n')
    .filter((line) => line !== '');
  // Holds: the script is part of the project and writes these lines.
  const results = lines.map((line) => JSON.parse(line) as PeerLine);
  const missing = results.find((line) => line.missing !== undefined)?.missing;
  if (missing !== undefined) return { state: 'skipped', reason: missing };
  if (status !== 0 || results.length < sets.length) return { state: 'skipped', reason: 'it failed' };
  const measured = results.map(
    (line) =>
      [
        line.set,
        judged(
          line,
          sets.find((set) => set.name === line.set),
        ),
      ] as const,
  );
  return { state: 'ready', version: results[0]?.version ?? '', sets: new Map(measured) };
}

interface PeerLine {
  readonly missing?: string;
  readonly version: string;
  readonly set: string;
  readonly ms: number;
  readonly octets: number;
  readonly outputs?: readonly (string | null)[];
}

function judged({ ms, octets, outputs }: PeerLine, set: NamedPairs | undefined): PeerMeasured {
  const count = (removals: 'at-once' | 'deferred'): number | undefined =>
    outputs?.filter((delta, at) => delta !== null && isRight(delta, set?.pairs[at], removals)).length;
  return { ms, octets, right: count('at-once'), rightDeferred: count('deferred') };
}

function isRight(delta: string, pair: XmlPair | undefined, removals: 'at-once' | 'deferred'): boolean {
  if (pair === undefined) return false;
  const [before, after] = [withoutBlanks(parseXml(pair.old)), withoutBlanks(parseXml(pair.fresh))];
  try {
    const modifications = parseModifications(delta, 'tool');
    const result = applyModifications(before, modifications, { profile: 'tool', removals });
    return canonicalXml(withoutBlanks(result)) === canonicalXml(after);
  } catch {
    return false;
  }
}

function withoutBlanks({ root }: XmlDocument): XmlDocument {
  const strip = (element: XmlElement): XmlElement => ({
    ...element,
    children: element.children
      .filter((child) => child.kind !== 'text' || child.text.trim() !== '')
      .map((child) => (child.kind === 'element' ? strip(child) : child)),
  });
  const stripped = strip(root);
  return { root: stripped, children: [stripped] };
}
