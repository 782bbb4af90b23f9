import { lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DropFolder } from '../../../src/adapters/drop-folder/drop-folder.ts';
import { labelOf, nameOfMessage, readMessageName } from '../../../src/adapters/drop-folder/message-name.ts';
import type { MessageRoute } from '../../../src/ports/transport.ts';
import { HandClock } from '../../support/memory-site.ts';

const route: MessageRoute = {
  kind: 'request',
  from: 'file:///drop/client',
  publication: 'Repository',
  subscription: 'file:///drop/client',
  session: 'A'.repeat(22),
  message: 1,
};
const short = new TextEncoder().encode('<SyncML/>');
const long = new TextEncoder().encode('<SyncML>'.repeat(1000));

let folder: string;
let url: string;
let clock: HandClock;
let box: DropFolder;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'concord-drop-'));
  url = pathToFileURL(folder).href;
  clock = new HandClock();
  box = new DropFolder(clock);
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const send = (body: Uint8Array, more: Partial<MessageRoute> = {}) =>
  box.deliver({ url, body, contentType: 'application/vnd.syncml+xml', route: { ...route, ...more } });

describe('a drop folder', () => {
  it('says where a message lies, and lists it with what its name says', async () => {
    const delivery = await send(short);
    const [found, ...others] = await box.list({ url, kind: 'request' });
    expect(others).toEqual([]);
    expect(found).toMatchObject({
      publication: labelOf('Repository'),
      subscription: labelOf(route.subscription),
      session: route.session,
      message: 1,
    });
    expect(delivery).toEqual({ outcome: 'handed-over', where: join(folder, 'to-publisher', found?.name ?? '') });
    expect(await box.list({ url, kind: 'answer' })).toEqual([]);
  });

  it('writes through no link that somebody has put where it writes', async () => {
    await send(short);
    const [sent] = await box.list({ url, kind: 'request' });
    const place = join(folder, 'to-publisher');
    const victim = join(folder, 'victim');
    await writeFile(victim, 'mine');
    await symlink(victim, join(place, `.${sent?.name ?? ''}.part`));
    await send(short);
    expect(await readFile(victim, 'utf8')).toBe('mine');
    expect((await lstat(join(place, sent?.name ?? ''))).isFile()).toBe(true);
  });

  it('compresses what gets shorter, and gives both back as they were', async () => {
    const [a, b] = [await send(short), await send(long, { kind: 'answer' })];
    const octetsOf = async (where: string | undefined) => (await readFile(where ?? '')).length;
    expect(await octetsOf('where' in a ? a.where : undefined)).toBe(short.length);
    expect(await octetsOf('where' in b ? b.where : undefined)).toBeLessThan(200);
    for (const [kind, body] of [
      ['request', short],
      ['answer', long],
    ] as const) {
      const [found] = await box.list({ url, kind });
      expect(Buffer.from(await box.read({ url, kind }, found?.name ?? '', 1e6))).toEqual(Buffer.from(body));
    }
  });

  it('keeps only the newest message of a subscription in each direction', async () => {
    await send(short);
    clock.at += 1000;
    await send(short, { message: 2 });
    clock.at += 1000;
    await send(short, { subscription: 'file:///drop/another' });
    await send(short, { kind: 'answer' });
    const names = async (kind: 'request' | 'answer') =>
      (await box.list({ url, kind })).map(({ message, subscription }) => [message, subscription]);
    expect(await names('request')).toEqual([
      [2, labelOf(route.subscription)],
      [1, labelOf('file:///drop/another')],
    ]);
    expect(await names('answer')).toHaveLength(1);
  });

  it('writes the same message under the same name, however often it is handed over', async () => {
    await send(short);
    clock.at += 60_000;
    await send(short);
    expect(await readdir(join(folder, 'to-publisher'))).toHaveLength(1);
  });

  it('leaves no half file behind where readers look', async () => {
    await send(long);
    await writeFile(join(folder, 'to-publisher', `.${nameOfMessage(route, 0)}.part`), 'half');
    await writeFile(join(folder, 'to-publisher', 'notes.txt'), 'of somebody');
    expect(await box.list({ url, kind: 'request' })).toHaveLength(1);
  });

  it('is not made where it is missing: the stick may not be mounted', async () => {
    await rm(folder, { recursive: true });
    await expect(send(short)).rejects.toMatchObject({ code: 'CON-T006', retry: 'later' });
    expect(await box.list({ url, kind: 'request' })).toEqual([]);
  });

  it('refuses addresses that name no folder of this machine', async () => {
    for (const wrong of ['file://elsewhere/share', 'file:///a%2Fb', 'http://localhost/'])
      await expect(box.deliver({ url: wrong, body: short, contentType: 'x', route }), wrong).rejects.toMatchObject({
        code: 'CON-R008',
      });
  });

  it('refuses what is cut, damaged or grows beyond the limit when decompressed', async () => {
    await send(long);
    const [found] = await box.list({ url, kind: 'request' });
    const path = join(folder, 'to-publisher', found?.name ?? '');
    const whole = await readFile(path);
    const read = (limit: number) => box.read({ url, kind: 'request' }, found?.name ?? '', limit);
    await expect(read(4000)).rejects.toMatchObject({ code: 'CON-S001' });
    await writeFile(path, whole.subarray(0, whole.length - 9));
    await expect(read(1e6)).rejects.toMatchObject({ code: 'CON-S001' });
    await writeFile(path, Buffer.concat([whole.subarray(0, 12), Buffer.from('damage'), whole.subarray(18)]));
    await expect(read(1e6)).rejects.toMatchObject({ code: 'CON-S001' });
  });

  it('sets aside what cannot be read, and removes what was taken in', async () => {
    await send(short);
    await send(short, { kind: 'answer' });
    const name = async (kind: 'request' | 'answer') => (await box.list({ url, kind }))[0]?.name ?? '';
    const unreadable = await name('request');
    await box.setAside({ url, kind: 'request' }, unreadable);
    const taken = await name('answer');
    await box.remove({ url, kind: 'answer' }, taken);
    await box.remove({ url, kind: 'answer' }, taken);
    expect(await readdir(join(folder, 'unreadable'))).toEqual([unreadable]);
    expect(await name('request')).toBe('');
    expect(await name('answer')).toBe('');
  });

  it('says when a file was last written', async () => {
    await send(short);
    const [found] = await box.list({ url, kind: 'request' });
    await utimes(join(folder, 'to-publisher', found?.name ?? ''), 1000, 1000);
    expect((await box.list({ url, kind: 'request' }))[0]?.changedAt).toBe(1_000_000);
  });
});

describe('a drop folder that is watched', () => {
  const { signal } = new AbortController();
  const address = (kind: 'request' | 'answer') => ({ url, kind });

  afterEach(() => {
    box[Symbol.dispose]();
  });

  /** From here on only what comes is news. */
  async function watched(): Promise<void> {
    await box.list(address('request'));
    await box.news(signal);
    await box.list(address('request'));
  }

  it('may have news for whoever asks for the first time', async () => {
    await send(short);
    await box.list(address('request'));
    await box.news(signal);
  });

  it('tells of a message that comes, and of the next one', async () => {
    await send(short);
    await watched();
    for (const message of [2, 3]) {
      const told = box.news(signal);
      await send(short, { message });
      await told;
      expect(await box.list(address('request'))).toHaveLength(1);
    }
  });

  it('tells of the first message that ever comes, and of what comes when the folder was exchanged', async () => {
    await watched();
    const first = box.news(signal);
    await send(short);
    await first;
    await box.list(address('request'));
    await rm(folder, { recursive: true });
    await box.list(address('request'));
    await mkdir(folder);
    await box.list(address('request'));
    const second = box.news(signal);
    await send(short);
    await second;
  });

  it('keeps news for who was busy meanwhile', async () => {
    await send(short);
    await watched();
    await send(short, { message: 2 });
    await box.news(signal);
  });

  it('ends a wait that nobody wants any more', async () => {
    await watched();
    const stop = new AbortController();
    const waiting = box.news(stop.signal);
    stop.abort();
    await waiting;
    await box.news(stop.signal);
  });
});

describe('the name of a message', () => {
  it('sorts by time and can stand on a stick', () => {
    const names = [5, 50_000, 4_000_000_000_000].map((at) => nameOfMessage({ ...route, publication: 'Büro: a/b' }, at));
    expect(names.toSorted()).toEqual(names);
    for (const name of names) expect(name).toMatch(/^[A-Za-z0-9._-]{1,200}$/);
  });

  it('says what was put into it, also for strange sessions', () => {
    const session = '../../etc';
    const read = readMessageName(nameOfMessage({ ...route, session, message: 12 }, 0));
    expect(read).toMatchObject({ publication: labelOf('Repository'), message: 12 });
    expect(read?.session).toMatch(/^[0-9a-f]{32}$/);
  });

  it('tells those apart that read the same', () => {
    expect(labelOf('a b')).not.toBe(labelOf('a-b'));
    expect(labelOf('x'.repeat(300)).length).toBeLessThan(50);
  });
});
