import { execFile } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const installMs = 240_000;
const runMs = 240_000;

/** What one run of the peer took, of what its benchmark reports. */
export interface PouchRun {
  readonly a_push_s: number;
  readonly a_bytes_up: number;
  readonly a_bytes_down: number;
  readonly a_requests: number;
  readonly a2_pull_s: number;
  readonly a2_bytes_up: number;
  readonly a2_bytes_down: number;
  readonly a2_requests: number;
  readonly b_incr10_push_s: number;
  readonly b_bytes: number;
  readonly b_requests: number;
  readonly b_incr10_pull_s: number;
  readonly c_nochange_sync_s: number;
  readonly c_sync_bytes: number;
  readonly c_sync_requests: number;
  readonly d_twoway_s: number;
  readonly d_bytes: number;
  readonly d_requests: number;
  readonly d_find_conflicts_s: number;
}

/** PouchDB, installed and ready to run; or why it is not measured. */
export type PouchPeer =
  | { readonly state: 'ready'; readonly measure: (documents: number) => Promise<PouchRun> }
  | { readonly state: 'skipped'; readonly reason: string };

/**
 * Installs the peer's packages into a folder of the system's temporary directory, once, and gives what runs its benchmark as it is. Its second run is the one that
 * counts: the client process is warm then.
 */
export async function openPouchPeer(root: string): Promise<PouchPeer> {
  const source = join(root, '../shared/bench/pouchdb');
  if (!existsSync(join(source, 'bench.js'))) return { state: 'skipped', reason: 'there is no ../shared/bench/pouchdb' };
  const folder = join(tmpdir(), 'concord-bench-pouchdb');
  try {
    await install(source, folder);
  } catch (cause) {
    const reason = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause);
    return { state: 'skipped', reason: `its packages cannot be installed: ${reason}` };
  }
  return { state: 'ready', measure: (documents) => measure(join(source, 'bench.js'), folder, documents) };
}

async function install(source: string, folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const wanted = readFileSync(join(source, 'package.json'), 'utf8');
  const manifest = join(folder, 'package.json');
  const isThere = existsSync(join(folder, 'node_modules/.package-lock.json'));
  if (isThere && existsSync(manifest) && readFileSync(manifest, 'utf8') === wanted) return;
  copyFileSync(join(source, 'package.json'), manifest);
  await run('npm', ['install', '--prefix', folder, '--no-audit', '--no-fund'], { cwd: folder, timeout: installMs });
}

async function measure(script: string, folder: string, documents: number): Promise<PouchRun> {
  const { stdout } = await run(process.execPath, [script, '--docs', String(documents), '--runs', '2'], {
    // The script asks the environment where its packages are.
    env: { ...process.env, POUCH_MODULES: folder },
    timeout: runMs,
    maxBuffer: 16 * 1024 * 1024,
  });
  // What the script prints: see its last lines.
  const { all } = JSON.parse(stdout) as { readonly all: readonly PouchRun[] };
  const last = all.at(-1);
  if (last === undefined) throw new Error('the peer reported no run');
  return last;
}
