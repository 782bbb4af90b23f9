import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { parsePath } from '../../src/objects/path.ts';
import type { SiteStore } from '../../src/ports/site-store.ts';
import { findObject } from '../../src/use-cases/objects/find-object.ts';
import { findBrokenLink } from '../contract/site-data.ts';
import type { SharedInstallation } from './shared-installation.ts';
import { credential, hasServers, sharedTitle, startSharedInstallation } from './shared-installation.ts';

/** How often something is killed or cut: `CONCORD_KILLS=200 npx vitest run --project servers test/servers/kills.test.ts` for a long look. */
const kills = Number(process.env['CONCORD_KILLS'] ?? 8);
const settled = { timeout: 120_000, interval: 50 };

/** Somebody who edits one field of the ledger at one site, and adds a note with each edit. Asks again until it is sure that an edit is there. */
interface Editor {
  readonly site: 'cps' | 'cps_client';
  readonly field: 'there' | 'here';
  edits: number;
}

const fieldOf = (document: string, field: string): string =>
  new RegExp(`<${field}>([^<]*)</${field}>`).exec(document)?.[1] ?? '';

interface Request {
  readonly method?: 'POST' | 'PUT';
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

async function ask(url: string, request: Request = {}): Promise<Response | undefined> {
  const headers = { Authorization: credential, 'Content-Type': 'application/xml', ...request.headers };
  // What is killed meanwhile does not answer.
  return fetch(url, { ...request, headers, signal: AbortSignal.timeout(10_000) }).catch(() => undefined);
}

/** Whether edit number `edits + 1` is there now. */
async function hasEdited(address: string, { site, field, edits }: Editor): Promise<boolean> {
  const objects = `${address}/${site}/api/v1/objects/notes`;
  const number = `${edits + 1}`;
  const ledger = `${objects}/ledger`;
  const read = await ask(ledger);
  const document = read?.status === 200 ? await read.text().catch(() => '') : '';
  const written = fieldOf(document, field).split(' ');
  if (document === '') return false;
  if (!written.includes(number)) {
    const body = document.replace(`<${field}>`, `<${field}>${number} `);
    const answer = await ask(ledger, { method: 'PUT', body, headers: { 'If-Match': read?.headers.get('etag') ?? '' } });
    if (answer?.status !== 200) return false;
  }
  const note = await ask(`${objects}/${field}-${number}`, { method: 'PUT', body: `<note>${number}</note>` });
  return note?.ok === true;
}

async function edit(address: string, editor: Editor, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await expect.poll(() => hasEdited(address, editor), settled).toBe(true);
    editor.edits += 1;
    await ask(`${address}/cps_client/api/v1/subscriptions/Notes/sync`, { method: 'POST' });
  }
}

const ways = ['worker', 'web', 'Redis', 'cut', 'held'] as const;

/** Disturbs one thing, while everybody works. */
async function disturb({ webs, workers, redis }: SharedInstallation, at: number): Promise<void> {
  const way = ways[at % ways.length];
  const [worker, web] = [workers, webs].map((seats) => seats[Math.floor(at / ways.length) % seats.length]);
  // Whenever it happens to be: that is what is tried.
  await pause(Math.random() * 300);
  switch (way) {
    case 'worker':
      await worker?.kill();
      return;
    case 'web':
      await web?.kill();
      return;
    case 'Redis':
      await redis.kill();
      await redis.start();
      return;
    case 'cut':
      for (const seat of [worker, web]) seat?.line.cut();
      await pause(Math.random() * 300);
      for (const seat of [worker, web]) seat?.line.mend();
      return;
    case 'held':
      // Longer than its lease: somebody else goes on with what it does, before it goes on itself.
      worker?.line.hold();
      await pause(2_000);
      worker?.line.mend();
      return;
    default:
  }
}

async function childrenOf(store: SiteStore): Promise<ReadonlyMap<string, string>> {
  const folder = await findObject(store, parsePath('/notes'));
  const children = await store.children(folder.version.gid, { limit: 100_000 });
  return new Map(children.map(({ id, gid, documentDigest }) => [id, `${gid} ${documentDigest}`]));
}

describe.skipIf(!hasServers)(`${sharedTitle}, whose processes and lines are killed and cut under load`, () => {
  it(
    'loses no edit, and applies none twice',
    async () => {
      await using installation = await startSharedInstallation();
      const { address } = installation;
      const stop = new AbortController();
      const editors: readonly Editor[] = [
        { site: 'cps', field: 'there', edits: 0 },
        { site: 'cps_client', field: 'here', edits: 0 },
      ];
      await using here = await installation.open();
      const [publisher, subscriber] = [await here.site('cps'), await here.site('cps_client')];
      const sync = async (): Promise<number | undefined> =>
        (await ask(`${address}/cps_client/api/v1/subscriptions/Notes/sync`, { method: 'POST' }))?.status;
      await expect.poll(sync, settled).toBe(202);
      await expect
        .poll(async () => (await ask(`${address}/cps_client/api/v1/objects/notes/ledger`))?.status, settled)
        .toBe(200);
      const total = (): number => editors.reduce((sum, { edits }) => sum + edits, 0);
      const editing = editors.map(async (editor) => edit(address, editor, stop.signal));
      for (let at = 0; at < kills; at++) {
        const before = total();
        await disturb(installation, at);
        // Life goes on, after each of them.
        await expect.poll(total, settled).toBeGreaterThan(before);
      }
      stop.abort();
      await Promise.all(editing);

      const agree = async (): Promise<boolean> => {
        await sync();
        const [there, own] = [await childrenOf(publisher.store), await childrenOf(subscriber.store)];
        return there.size === 1 + total() && JSON.stringify([...there].sort()) === JSON.stringify([...own].sort());
      };
      await expect.poll(agree, settled).toBe(true);
      for (const { store } of [publisher, subscriber]) {
        const ledger = await findObject(store, parsePath('/notes/ledger'));
        for (const { field, edits } of editors) {
          const numbers = Array.from({ length: edits + 1 }, (_, at) => `${edits - at}`);
          expect(fieldOf(ledger.version.document, field).split(' ')).toEqual(numbers);
        }
        expect(await store.conflicts()).toEqual([]);
        expect(await findBrokenLink(store)).toBeUndefined();
      }
      // Each edit was written once where it was made, and each note once at each side.
      const [there, own] = editors.map(({ edits }) => edits);
      const editsOf = async (store: SiteStore): Promise<number> => {
        const { version } = await findObject(store, parsePath('/notes/ledger'));
        const history = await store.history(version.gid, { limit: 100_000 });
        // What a sync makes of both sides' edits names the edits that it is made of.
        return history.filter(({ epoch, seq, edits }) => edits.main.id === `${epoch}:${seq}`).length;
      };
      expect(await editsOf(publisher.store)).toBe(1 + (there ?? 0));
      expect(await editsOf(subscriber.store)).toBe(own);
      process.stdout.write(`${kills} times: ${there ?? 0} edits there, ${own ?? 0} here\n`);
    },
    120_000 + kills * 20_000,
  );
});
