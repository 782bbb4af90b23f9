import { ConcordError } from '../../errors/concord-error.ts';
import type { Position } from '../../objects/position.ts';
import { advance, startOfLog } from '../../objects/position.ts';
import type { Revision } from '../../objects/revision.ts';
import { summaryOf } from '../../objects/revision.ts';
import { digestOfText } from '../../xml/digest.ts';
import type { SiteContext } from '../site-context.ts';
import { examineKeys } from './examine-keys.ts';
import type { LogSays } from './examine-tree.ts';
import { countPresent, examineTree } from './examine-tree.ts';
import type { Finding } from './finding.ts';

const entriesAtOnce = 200;

/** Looks at a site without changing anything: its log, its documents, its tree, its secrets and keys, and what waits for a person. */
export async function examineSite(
  context: SiteContext,
  onProgress?: (done: number, total: number) => void,
): Promise<readonly Finding[]> {
  const log = await examineLog(context, onProgress);
  return [
    log.finding,
    await examineTree(context, log.says),
    await examineSecrets(context),
    ...(await examineKeys(context)),
    ...(await examineSubscriptions(context)),
    await examineConflicts(context),
  ];
}

/** Computes the running hash of the log and the digests of its documents again; across what gc took, the log starts from what is there. */
async function examineLog(
  context: SiteContext,
  onProgress?: (done: number, total: number) => void,
): Promise<{ readonly finding: Finding; readonly says: LogSays }> {
  const { store } = context;
  const head = await store.head();
  const faults: string[] = [];
  let before: Position | undefined = startOfLog('');
  let [present, entries]: [number, Revision[]] = [0, []];
  for (let seq = 1; seq <= head.seq; seq += 1) {
    const position = await store.positionAt(seq);
    const revision = position === undefined ? undefined : await store.revision(seq);
    if (revision !== undefined) {
      faults.push(...faultsOf(revision, before));
      entries.push(revision);
    }
    if (entries.length === entriesAtOnce || seq === head.seq) {
      present += await countPresent(context, entries);
      entries = [];
    }
    before = position;
    onProgress?.(seq, head.seq);
  }
  return { finding: findingOf(faults, head.seq), says: { seq: head.seq, present } };
}

function findingOf(faults: readonly string[], entries: number): Finding {
  const check = 'log';
  if (faults.length === 0) return { check, state: 'fine', text: `${entries} entries, all as they were written` };
  return {
    check,
    state: 'fault',
    text: `${faults.length} faults, the first: ${faults[0] ?? ''}. Restore the last backup`,
  };
}

function faultsOf(revision: Revision, before: Position | undefined): readonly string[] {
  const { seq, epoch, hash, version } = revision;
  const expected = before === undefined ? hash : advance({ ...before, epoch }, summaryOf(revision)).hash;
  return [
    ...(expected === hash ? [] : [`entry ${seq} does not follow from the one before`]),
    ...(digestOfText(version.document) === version.documentDigest
      ? []
      : [`the document of entry ${seq} is not the one with its digest`]),
  ];
}

async function examineSecrets({ store, vault }: SiteContext): Promise<Finding> {
  const sealed = (await store.subscriptions()).flatMap(({ id, password, token }) =>
    [password, token].filter((text) => text !== '').map((text) => ({ id, text })),
  );
  const closed = sealed.filter(({ text }) => !opens(() => vault.open(text)));
  const check = 'secrets';
  if (closed.length === 0) return { check, state: 'fine', text: `${sealed.length} stored secrets open` };
  const ids = [...new Set(closed.map(({ id }) => id))].join(', ');
  return {
    check,
    state: 'fault',
    text: `Stored passwords do not open: give them again with concord subscribe … --user, for ${ids}`,
  };
}

function opens(open: () => string): boolean {
  try {
    open();
    return true;
  } catch (error) {
    if (error instanceof ConcordError) return false;
    throw error;
  }
}

async function examineSubscriptions({ site, store }: SiteContext): Promise<readonly Finding[]> {
  const waiting = (await store.subscriptions()).filter(({ state }) => state.waiting !== undefined);
  return waiting.map(({ id }) => ({
    check: 'subscription',
    state: 'warning',
    text: `${id} is waiting: concord status ${site} ${id}`,
  }));
}

async function examineConflicts({ site, store }: SiteContext): Promise<Finding> {
  const open = await store.countConflicts({ state: 'open' });
  const check = 'conflicts';
  if (open === 0) return { check, state: 'fine', text: 'none is open' };
  return { check, state: 'warning', text: `${open} wait for a decision: concord conflicts ${site}` };
}
