import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunningStart, Workplace } from './run-concord.ts';
import { makeWorkplace, startServer } from './run-concord.ts';

const environment = { CONCORD_PASSWORD: 'a:b c' };
let place: Workplace;
let server: RunningStart | undefined;

beforeEach(async () => {
  place = makeWorkplace();
  await place.must(['site', 'add', 'cps']);
  await place.must(['site', 'add', 'cps_client']);
  await place.must(['user', 'add', 'sync', '--site', 'cps', '--role', 'Synchronizer'], { environment });
  writeFileSync(join(place.folder, 'anna.xml'), '<person><name>anna</name></person>');
  await place.must(['import', 'cps', '/portal_repository', join(place.folder, 'anna.xml')]);
});

afterEach(async () => {
  await server?.stop();
  server = undefined;
  place[Symbol.dispose]();
});

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Sets up the seed's publication and subscription by mail. */
async function byMail(): Promise<void> {
  const url = 'mailto:cps_server@localhost';
  await place.must(['publish', 'cps', 'Repository', '--path', '/portal_repository', '--url', url]);
  await place.must(
    [
      ...['subscribe', 'cps_client', 'Repository', '--path', '/portal_repository', '--user', 'sync'],
      ...['--publication-url', url, '--subscription-url', 'mailto:cps_client@localhost'],
    ],
    { environment },
  );
}

function configure(mail: unknown): void {
  mkdirSync(place.data, { recursive: true });
  writeFileSync(join(place.data, 'concord.json'), JSON.stringify({ mail }));
}

describe('a sync by mail between two sites, by the receiver in the process', () => {
  it('ends with what concord sync began', async () => {
    const port = await freePort();
    configure({ smtp: `smtp://127.0.0.1:${port}`, receiver: { protocol: 'smtp', port } });
    await byMail();
    server = await startServer(place, ['--no-clock']);
    const { out } = await place.must(['sync', 'cps_client', 'Repository']);
    expect(out).toContain('handed over');
    expect((await place.must(['status', 'cps_client'])).out).toContain('agreed');
    expect((await place.must(['log', 'cps'])).out).toContain('Synchronised');
    const folder = join(place.folder, 'out');
    await place.must(['export', 'cps_client', '/portal_repository', folder]);
  });

  it('waits while there is no mail server, and says so', async () => {
    configure({ smtp: `smtp://127.0.0.1:${await freePort()}` });
    await byMail();
    const ran = await place.run(['sync', 'cps_client', 'Repository']);
    expect(ran.code).toBe(1);
    expect(ran.err).toContain('CON-T001');
    expect((await place.must(['status', 'cps_client'])).out).toContain('waiting to be tried again');
  });
});

describe('concord mail-in', () => {
  const urlOf = (address: string, site = 'cps', password = 'a%3Ab%20c'): string =>
    `${address.replace('http://', `http://sync:${password}@`)}/${site}/portal_mailin/`;
  const input = 'From: a@b.example\r\nSubject: hello\r\n\r\nspam\r\n';

  it('ends with 0 for what was dealt with, spam too: nobody is to hear of it', async () => {
    server = await startServer(place, ['--no-clock']);
    const ran = await place.run(['mail-in', urlOf(server.address)], { input });
    expect(ran).toMatchObject({ code: 0, err: '' });
    expect(ran.out).toContain('ignored: it carries no message of Concord');
    expect((await place.must(['log', 'cps'])).out).toContain('a@b.example');
  });

  it('ends with 75 when it should come again: no server, wrong password, unknown site', async () => {
    server = await startServer(place, ['--no-clock']);
    const { address } = server;
    expect((await place.run(['mail-in', urlOf(address, 'cps', 'wrong')], { input })).code).toBe(75);
    expect((await place.run(['mail-in', urlOf(address, 'nowhere')], { input })).code).toBe(75);
    await server.stop();
    server = undefined;
    const ran = await place.run(['mail-in', urlOf(address)], { input });
    expect(ran.code).toBe(75);
    expect(ran.err).not.toContain('a:b c');
  });

  it('has the password from a file or the environment, where other users of the machine do not see it', async () => {
    server = await startServer(place, ['--no-clock']);
    const url = `${server.address.replace('http://', 'http://sync@')}/cps/portal_mailin/`;
    const file = join(place.folder, 'mail-in.password');
    writeFileSync(file, 'a:b c\n');
    expect(await place.run(['mail-in', '--password-file', file, url], { input })).toMatchObject({ code: 0, err: '' });
    const environment = { CONCORD_PASSWORD: 'a:b c' };
    expect(await place.run(['mail-in', url], { input, environment })).toMatchObject({ code: 0, err: '' });
    expect((await place.run(['mail-in', url], { input })).code).toBe(75);
    const missing = await place.run(['mail-in', '--password-file', `${file}.old`, url], { input });
    expect(missing.code).toBe(75);
    expect(missing.err).toContain('The password file cannot be read');
  });

  it('ends with 65 when the script mail_received has it bounce', async () => {
    const script = join(place.folder, 'mail_received.mjs');
    writeFileSync(script, `export default (mail) => (mail.subject === 'hello' ? { refuse: 'no greetings' } : 'both');`);
    configure({ received: script });
    server = await startServer(place, ['--no-clock']);
    const ran = await place.run(['mail-in', urlOf(server.address)], { input });
    expect(ran.code).toBe(65);
    expect(ran.err).toContain('no greetings');
  });

  it('ends with 75 for what is no address: an alias that is mistyped loses no mail', async () => {
    const ran = await place.run(['mail-in', 'htp://sync:a%3Ab%20c@localhost/cps/portal_mailin/'], { input });
    expect(ran.code).toBe(75);
    expect(ran.err).toContain('is no address such as');
    expect(ran.err).not.toContain('a%3Ab%20c');
    const unreachable = await place.run(['mail-in', `http://sync:100%@127.0.0.1:${await freePort()}/cps/`], { input });
    expect(unreachable.code).toBe(75);
    expect(unreachable.err).toContain('cannot be reached');
  });

  it('ends with 75 for wrong usage and configuration too: mail servers bounce for any other code', async () => {
    const url = 'http://sync@127.0.0.1:9/cps/portal_mailin/';
    const usages = [
      ['mail-in', '--pasword-file', 'f', url],
      ['mail-in'],
      ['mail-in', url, 'more'],
      ['--dta', '/var/lib/concord', 'mail-in', url],
      ['--dta=/var/lib/concord', 'mail-in', url],
      ['mail-in', url, '--data'],
    ];
    for (const usage of usages) expect((await place.run(usage, { input })).code, usage.join(' ')).toBe(75);
    const asJson = await place.run(['--json', 'mail-in'], { input });
    expect(asJson.code).toBe(75);
    expect(JSON.parse(asJson.err)).toMatchObject({ error: { code: 'CON-C003' } });
    const missing = join(place.folder, 'missing.json');
    expect((await place.run(['--config', missing, 'mail-in', url], { input })).code).toBe(75);
    expect((await place.run(['mail-in', '--help'])).code).toBe(0);
  });

  it('takes the form that scripts of CMFMailIn post', async () => {
    server = await startServer(place, ['--no-clock']);
    const answer = await fetch(`${server.address}/cps/portal_mailin/`, {
      method: 'POST',
      headers: { Authorization: `Basic ${Buffer.from('sync:a:b c').toString('base64')}` },
      body: new URLSearchParams({ Mail: input }),
    });
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain('ignored');
  });
});
