import type { Dirent } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { constants, gunzip, gzip } from 'node:zlib';
import { InvariantError, ProtocolError, RequestError, TransportError } from '../../errors/concord-error.ts';
import type { Clock } from '../../ports/clock.ts';
import type { BoxAddress, BoxedMessage, MessageBox } from '../../ports/message-box.ts';
import type { Delivery, MessageRoute, OutgoingMessage, Transport } from '../../ports/transport.ts';
import { FolderWatches } from './folder-watches.ts';
import { labelOf, nameOfMessage, readMessageName } from './message-name.ts';

const compress = promisify(gzip);
const decompress = promisify(gunzip);
const compression = { level: constants.Z_BEST_SPEED, chunkSize: 256 * 1024 };
/** The folders in a drop folder, by what lies in them. */
const boxes = { request: 'to-publisher', answer: 'to-subscriber' } as const;
const asideFolder = 'unreadable';

/**
 * Messages as files in a folder that both sides see, or that somebody carries between them: a share, a stick, a copy by rsync. A file is written whole under another
 * name, flushed, and then renamed, so that nobody finds half of one. Of each subscription only the newest message of a direction lies there: it takes the place of
 * those before it, which were answered or given up.
 */
export class DropFolder implements Transport, MessageBox, Disposable {
  readonly schemes: readonly string[] = ['file'];
  readonly #clock: Clock;
  readonly #watches = new FolderWatches();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  labelOf(name: string): string {
    return labelOf(name);
  }

  async deliver({ url, body, route }: OutgoingMessage): Promise<Delivery> {
    if (route === undefined) throw new InvariantError('CON-I001', 'a message for a folder says nothing of its way');
    const packed = await compress(body, compression);
    const octets = packed.length < body.length ? packed : body;
    const folder = await this.#using(url, () => makeBox(url, route.kind));
    const earlier = await this.#earlier({ url, kind: route.kind }, route);
    const same = earlier.find(({ session, message }) => session === route.session && message === route.message);
    const name = same?.name ?? nameOfMessage(route, this.#clock.now());
    await this.#using(url, async () => {
      await writeWhole(folder, name, octets);
      for (const { name: old } of earlier) if (old !== name) await rm(join(folder, old), { force: true });
    });
    return { outcome: 'handed-over', where: join(folder, name) };
  }

  async list({ url, kind }: BoxAddress): Promise<readonly BoxedMessage[]> {
    const folder = join(folderOf(url), boxes[kind]);
    // Before it is looked into: what comes meanwhile is told.
    await this.#watches.attend(folder);
    const found: BoxedMessage[] = [];
    for (const entry of await entriesOf(folder)) {
      const name = entry.isFile() ? readMessageName(entry.name) : undefined;
      const facts = name && (await stat(join(folder, entry.name)).catch(() => undefined));
      if (name !== undefined && facts !== undefined)
        found.push({ ...name, name: entry.name, changedAt: facts.mtimeMs });
    }
    return found.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  async read(box: BoxAddress, name: string, maxOctets: number): Promise<Uint8Array> {
    const octets = await this.#using(box.url, async () => {
      const path = pathOf(box, name);
      if ((await stat(path)).size > maxOctets)
        throw new ProtocolError('CON-S001', `${name} has more than ${maxOctets} octets`);
      return readFile(path);
    });
    const isCompressed = octets[0] === 0x1f && octets[1] === 0x8b;
    if (!isCompressed) return octets;
    try {
      return await decompress(octets, { maxOutputLength: maxOctets, chunkSize: 256 * 1024 });
    } catch (cause) {
      throw new ProtocolError('CON-S001', `${name} is cut, damaged or larger than ${maxOctets} octets`, { cause });
    }
  }

  news(signal: AbortSignal): Promise<void> {
    return this.#watches.news(signal);
  }

  async remove(box: BoxAddress, name: string): Promise<void> {
    await this.#using(box.url, () => rm(pathOf(box, name), { force: true }));
  }

  async setAside(box: BoxAddress, name: string): Promise<void> {
    await this.#using(box.url, async () => {
      const aside = join(folderOf(box.url), asideFolder);
      await mkdir(aside, { recursive: true });
      await rename(pathOf(box, name), join(aside, name));
    });
  }

  [Symbol.dispose](): void {
    this.#watches[Symbol.dispose]();
  }

  async #earlier(box: BoxAddress, route: MessageRoute): Promise<readonly BoxedMessage[]> {
    const [publication, subscription] = [labelOf(route.publication), labelOf(route.subscription)];
    const all = await this.list(box);
    return all.filter((one) => one.publication === publication && one.subscription === subscription);
  }

  async #using<Result>(url: string, use: () => Promise<Result>): Promise<Result> {
    try {
      return await use();
    } catch (cause) {
      if (!(cause instanceof Error) || !('syscall' in cause)) throw cause;
      const text = `The drop folder ${folderOf(url)} cannot be used: ${cause.message}`;
      throw new TransportError('CON-T006', text, { retry: 'later', cause });
    }
  }
}

/** @throws RequestError CON-R008 for an address that names no folder of this machine */
function folderOf(url: string): string {
  try {
    return fileURLToPath(url);
  } catch (cause) {
    throw new RequestError('CON-R008', `“${url}” names no folder of this machine, such as file:///media/stick`, {
      cause,
    });
  }
}

function pathOf({ url, kind }: BoxAddress, name: string): string {
  return join(folderOf(url), boxes[kind], name);
}

/** The box within the drop folder; the folder itself is never made: a stick that is not there must not become a folder on the disk. */
async function makeBox(url: string, kind: BoxAddress['kind']): Promise<string> {
  const folder = folderOf(url);
  await stat(folder);
  const box = join(folder, boxes[kind]);
  await mkdir(box, { recursive: true });
  return box;
}

async function entriesOf(folder: string): Promise<readonly Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch {
    // No stick, or nothing on it yet: there is nothing to fetch.
    return [];
  }
}

async function writeWhole(folder: string, name: string, octets: Uint8Array): Promise<void> {
  const unfinished = join(folder, `.${name}.part`);
  // What an earlier try has left, or somebody has put there: `wx` follows no link.
  await rm(unfinished, { force: true });
  const file = await open(unfinished, 'wx', 0o600);
  try {
    await file.writeFile(octets);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(unfinished, join(folder, name));
  await flushFolder(folder);
}

/** Not every file system can flush a folder; those that cannot keep its entries with the file. */
async function flushFolder(folder: string): Promise<void> {
  const opened = await open(folder, 'r');
  try {
    await opened.sync().catch(() => undefined);
  } finally {
    await opened.close();
  }
}
