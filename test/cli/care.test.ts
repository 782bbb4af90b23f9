import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SqliteInstallation } from '../../src/adapters/sqlite/sqlite-installation.ts';
import type { CarrierNews } from '../../src/ports/carrier-notes.ts';
import { surroundings } from '../adapters/sqlite/sqlite-fixture.ts';
import type { Workplace } from './run-concord.ts';
import { makeWorkplace, startServer } from './run-concord.ts';

let place: Workplace;
beforeEach(async () => {
  place = makeWorkplace();
  await place.must(['site', 'add', 'cps']);
});
afterEach(() => {
  place[Symbol.dispose]();
});

function inFolder(name: string): string {
  return join(place.folder, name);
}

describe('concord import and export', () => {
  it('bring back what was read, ids with blanks, quotes, slashes and other letters included', async () => {
    const csv = 'id,town\n"a b",Nordhaven\n"it\'s ""x""",Obermoor\n1/2,Altbrück\nžluť,100 %\n';
    await place.must(['import', 'cps', '/cps/towns', place.put('files/towns.csv', csv), '--key', 'id']);
    await place.must(['export', 'cps', '/towns', inFolder('out')]);
    const again = await place.must(['import', 'cps', '/towns', inFolder('out'), '--mirror', '--json']);
    expect(again.json()).toMatchObject({ created: 0, changed: 0, unchanged: 4, removed: 0, failed: [] });
    await place.must(['export', 'cps', '/towns', inFolder('towns.csv')]);
    expect(readFileSync(inFolder('towns.csv'), 'utf8')).toMatch(/100 %/);
  });

  it('keep foreign XML as it is, white space included', async () => {
    const xml = '<?pi x?>\n<system xmlns="urn:s">\n\t<name>A &amp; B</name>  <!-- c --><v e="1"></v>\n</system>';
    await place.must(['import', 'cps', '/', place.put('files/alpha.xml', xml)]);
    await place.must(['export', 'cps', '/', inFolder('out')]);
    const written = join(place.folder, 'out', 'alpha.xml');
    expect(readFileSync(written, 'utf8').trim()).toBe(xml);
    expect(await place.run(['diff', inFolder('files'), inFolder('out')])).toMatchObject({ code: 0 });
  });

  it('tell what could not be read, and read the rest', async () => {
    place.put('files/good.xml', '<a/>');
    place.put('files/bad.xml', '<a>');
    place.put('files/trap.xml', '<!DOCTYPE a><a/>');
    place.put('files/readme.txt', 'hello');
    const ran = await place.run(['import', 'cps', '/', inFolder('files')]);
    expect(ran.code).toBe(1);
    expect(ran.out).toMatch(/1 object created[^]*readme\.txt[^]*bad\.xml[^]*CON-X001[^]*trap\.xml[^]*CON-X003/);
  });

  it('refuse a path or a file that is not there', async () => {
    expect((await place.run(['export', 'cps', '/none', inFolder('out')])).err).toContain('CON-R002');
    expect((await place.run(['import', 'cps', '/', inFolder('none')])).err).toContain('CON-R014');
  });
});

describe('concord start', () => {
  it('tells the first password when it has its port, also after a start that had not', async () => {
    await using server = await startServer(place);
    const other = makeWorkplace();
    const { port } = new URL(server.address);
    expect((await other.run(['start', '--port', port])).err).toContain('CON-C002');
    await using second = await startServer(other);
    expect((await second.stop()).out).toMatch(/Password: \S+\n/);
    other[Symbol.dispose]();
  });
});

describe('concord backup and restore', () => {
  it('bring back all sites beside a server, with a new epoch', async () => {
    await place.must(['import', 'cps', '/', place.put('files/a.xml', '<a/>')]);
    const backup = inFolder('backup.concord');
    const server = await startServer(place);
    await place.must(['backup', backup]);
    const refused = await place.run(['restore', backup, '--replace']);
    expect(refused.err).toContain('CON-D001');
    await server.stop();
    await place.must(['import', 'cps', '/', place.put('files/b.xml', '<b/>')]);
    expect((await place.run(['restore', backup])).err).toContain('CON-R006');
    const restored = await place.must(['restore', backup, '--replace']);
    expect(restored.out).toContain('before-restore');
    await place.must(['export', 'cps', '/', inFolder('out')]);
    expect(readdirSync(inFolder('out'))).toEqual(['a.xml']);
  });

  it('refuse what is no backup, and change nothing', async () => {
    const ran = await place.run(['restore', place.put('files/no.xml', '<a/>'), '--replace']);
    expect(ran.code).toBe(1);
    await place.must(['status', 'cps']);
  });
});

describe('concord gc', () => {
  it('removes what nobody needs', async () => {
    for (const text of ['<a>1</a>', '<a>2</a>', '<a>3</a>'])
      await place.must(['import', 'cps', '/', place.put('files/a.xml', text)]);
    expect((await place.must(['gc', 'cps', '--json'])).json()).toMatchObject({ removed: 2 });
    await place.must(['export', 'cps', '/', inFolder('out')]);
    expect(readFileSync(join(place.folder, 'out', 'a.xml'), 'utf8').trim()).toBe('<a>3</a>');
  });
});

describe('concord doctor', () => {
  it('finds nothing wrong with what works', async () => {
    await place.must(['import', 'cps', '/', place.put('files/a.xml', '<a/>')]);
    const ran = await place.must(['doctor']);
    expect(ran.out).toMatch(/fine +cps +log +1 entries/);
    expect(ran.out).not.toContain('fault');
  });

  it('says what it could mend, and does it only when it is let', async () => {
    const urls = ['--publication-url', 'http://127.0.0.1:9/hub', '--subscription-url', 'http://h/cps/R'];
    await place.must(['subscribe', 'cps', 'R', '--path', '/r', '--schedule', '0 0 1 1 *', ...urls]);
    expect((await place.must(['doctor', '--repair'])).out).toContain('Nothing is to be mended so');
    const [{ id } = { id: 0 }] = (await place.must(['activities', 'cps', '--json'])).json() as { id: number }[];
    await place.must(['activities', 'cps', 'cancel', String(id)]);
    const asked = await place.must(['doctor', '--repair']);
    expect(asked.out).toMatch(/warning +cps +schedules[^]*Could be done at cps: the next sync[^]*the same with --yes/);
    expect((await place.must(['activities', 'cps'])).out).toBe('Nothing is queued\n');
    expect((await place.run(['doctor', '--yes'])).err).toContain('--repair');
    const done = (await place.must(['doctor', '--repair', '--yes', '--json'])).json();
    expect(done).toMatchObject({ done: true, repairs: [{ site: 'cps', repair: 'plan-schedules' }] });
    expect((await place.must(['activities', 'cps'])).out).toContain('synchronize');
    const peers = await place.run(['doctor', '--peers']);
    expect(peers).toMatchObject({ code: 1 });
    expect(peers.out).toMatch(/fault +cps +peer +R: .*CON-T001/);
  });

  it('names a mailbox that cannot be used, as concord status does, and one that can', async () => {
    const name = 'office at mail.example.org, INBOX';
    const note = async (news: CarrierNews): Promise<void> => {
      await using installation = new SqliteInstallation(place.data, surroundings);
      await (await installation.site('cps')).carrierNotes.note(`mailbox:${name}`, news);
    };
    await note({ trouble: { at: 0, text: 'The password is wrong' } });
    const [said] = /not usable since .*/.exec((await place.must(['status', 'cps'])).out) ?? ['nothing'];
    const text = `${name}: ${said}`;
    const found = { site: 'cps', check: 'mailbox' };
    expect(said).toContain('mail.mailboxes');
    expect((await place.must(['doctor', '--json'])).json()).toContainEqual({ ...found, state: 'warning', text });
    await note({ trouble: null, lastReceivedAt: 0 });
    const well = { ...found, state: 'fine', text: `${name}: watched, last mail 1970-01-01 00:00:00Z` };
    expect((await place.must(['doctor', '--json'])).json()).toContainEqual(well);
  });

  it('makes an installation of its own out of a copy, when no server runs', async () => {
    const server = await startServer(place);
    expect((await place.run(['doctor', '--new-identity'])).err).toContain('CON-D001');
    await server.stop();
    const first = (await place.must(['doctor', '--new-identity', '--json'])).json();
    const second = (await place.must(['doctor', '--new-identity', '--json'])).json();
    expect(first).not.toEqual(second);
    await place.must(['doctor']);
  });
});

describe('concord activities', () => {
  it('lists what is queued, and cancels, restarts and runs it', async () => {
    expect((await place.must(['activities', 'cps'])).out).toBe('Nothing is queued\n');
    await place.must([
      ...['subscribe', 'cps', 'R', '--path', '/r', '--schedule', '0 0 1 1 *'],
      ...['--publication-url', 'http://localhost:1/hub', '--subscription-url', 'http://localhost:9673/cps/R'],
    ]);
    await place.must(['distribute', 'cps']);
    const listed = (await place.must(['activities', 'cps', 'list', '--json'])).json();
    const [{ id }] = listed as readonly [{ readonly id: number }];
    expect(listed).toMatchObject([{ state: 'waiting', work: { subscription: 'R' } }]);
    expect((await place.must(['tic', 'cps'])).out).toMatch(/^0 activities done/);
    const invoked = await place.run(['activities', 'cps', 'invoke', `${id}`]);
    expect(invoked.err).toContain('CON-Q001');
    expect((await place.must(['activities', 'cps'])).out).toContain('CON-T001');
    await place.must(['activities', 'cps', 'restart', `${id}`]);
    expect((await place.must(['tic', 'cps'])).out).toContain('1 to be tried again');
    await place.must(['activities', 'cps', 'cancel', `${id}`]);
    expect((await place.run(['activities', 'cps', 'cancel', `${id}`])).err).toContain('CON-R013');
    expect(await place.run(['activities', 'cps', 'invoke'])).toMatchObject({ code: 2, out: '' });
  });

  it('are run again and again by tic --loop, until it is stopped', async () => {
    const stop = new AbortController();
    const looping = place.run(['tic', 'cps', '--loop', '1'], { signal: stop.signal });
    stop.abort();
    expect(await looping).toMatchObject({ code: 0 });
  });
});
