import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunningStart, Workplace } from '../../cli/run-concord.ts';
import { makeWorkplace, startServer } from '../../cli/run-concord.ts';
import type { Dovecot } from './dovecot.ts';
import { dovecotPrograms, startDovecot } from './dovecot.ts';
import type { Postfix } from './postfix.ts';
import { postfixPrograms, startPostfix } from './postfix.ts';
import { findProgram, freePort, titleWith, until } from './server-processes.ts';

const program = resolve('dist/src/cli/concord.js');
/** The alias runs as nobody, who must be able to read the program. */
function isReadableByAll(path: string): boolean {
  if (!existsSync(path)) return false;
  const { mode } = statSync(path);
  const wanted = statSync(path).isDirectory() ? 0o1 : 0o4;
  return (mode & wanted) !== 0 && (path === '/' || isReadableByAll(dirname(path)));
}

const isReadable = isReadableByAll(program);
const needed = {
  ...dovecotPrograms,
  ...postfixPrograms,
  fetchmail: findProgram('fetchmail'),
  'a build that everybody can read': isReadable ? program : undefined,
};
const isThere = Object.values(needed).every((path) => path !== undefined);
const environment = { CONCORD_PASSWORD: 'password' };

describe.skipIf(!isThere)(titleWith('the seed’s set-up: postfix, an alias, fetchmail', needed), () => {
  let place: Workplace;
  let dovecot: Dovecot;
  let postfix: Postfix;
  let server: RunningStart;
  let receiverPort: number;

  async function setUp(
    mail: (ports: { readonly postfix: number; readonly receiver: number }) => unknown,
  ): Promise<void> {
    // The alias must name the site's port before the site runs, and the site postfix's before that does.
    const webPort = await freePort();
    const mailIn = `${process.execPath} ${program} mail-in http://sync:password@127.0.0.1:${webPort}/cps/portal_mailin/`;
    postfix = await startPostfix({ aliases: { cps_server: mailIn }, lmtpPort: dovecot.lmtpPort });
    receiverPort = await freePort();
    writeFileSync(
      join(place.data, 'concord.json'),
      JSON.stringify({ mail: mail({ postfix: postfix.port, receiver: receiverPort }) }),
    );
    const url = 'mailto:cps_server@localhost';
    await place.must(['publish', 'cps', 'Repository', '--path', '/portal_repository', '--url', url]);
    await place.must(
      [
        ...['subscribe', 'cps_client', 'Repository', '--path', '/portal_repository', '--user', 'sync'],
        ...['--publication-url', url, '--subscription-url', 'mailto:cps_client@example.org'],
      ],
      { environment },
    );
    server = await startServer(place, ['--no-clock', '--port', String(webPort)]);
  }

  beforeEach(async () => {
    place = makeWorkplace();
    mkdirSync(join(place.folder, 'records'));
    for (const name of ['anna', 'ben', 'cora'])
      writeFileSync(join(place.folder, 'records', `${name}.xml`), `<person><name>${name}</name></person>`);
    await place.must(['site', 'add', 'cps']);
    await place.must(['site', 'add', 'cps_client']);
    await place.must(['user', 'add', 'sync', '--site', 'cps', '--role', 'Synchronizer'], { environment });
    await place.must(['import', 'cps', '/portal_repository', join(place.folder, 'records')]);
    dovecot = await startDovecot();
  });

  afterEach(async () => {
    await server.stop();
    await postfix[Symbol.asyncDispose]();
    await dovecot[Symbol.asyncDispose]();
    place[Symbol.dispose]();
  });

  const isAgreed = async (): Promise<boolean> => (await place.must(['status', 'cps_client'])).out.includes(': agreed');

  const mailboxThatIsToldOf = (site: string) => ({
    ...{ site, url: `imap://${site}:secret@127.0.0.1:${dovecot.imapPort}`, pollMs: 600_000 },
  });

  /** Not at a stroke: it brings the mails to a receiver in this very process. */
  async function fetchMail(): Promise<void> {
    const file = join(place.folder, 'fetchmailrc');
    const text = `
defaults user "cps_client"
        pass "secret"
        smtpname "cps_client@example.org"
        smtphost "127.0.0.1/${receiverPort}"
        sslproto ''
  fetchall
poll 127.0.0.1 proto imap port ${dovecot.imapPort}
`;
    writeFileSync(file, text, { mode: 0o600 });
    const args = ['-f', file, '--nodetach', '--pidfile', join(place.folder, 'pid')];
    const child = spawn(needed.fetchmail ?? '', args, { env: { HOME: place.folder }, stdio: 'ignore' });
    await new Promise((resolve) => child.once('exit', resolve));
  }

  it('syncs: out by postfix, in by the alias, back by postfix, and in by fetchmail', async () => {
    await setUp((ports) => ({
      smtp: `smtp://127.0.0.1:${ports.postfix}`,
      receiver: { protocol: 'smtp', port: ports.receiver },
    }));
    expect((await place.must(['sync', 'cps_client', 'Repository'])).out).toContain('handed over');
    await until(async () => {
      await fetchMail();
      return isAgreed();
    });
    const { out } = await place.must(['log', 'cps_client']);
    expect(out).toContain('received 3 new');
  });

  it('syncs by a mailbox that is watched, in the place of fetchmail: told by the server, not by looking', async () => {
    await setUp((ports) => ({
      smtp: `smtp://127.0.0.1:${ports.postfix}`,
      // Nobody waits so long: what is applied sooner was told.
      mailboxes: [mailboxThatIsToldOf('cps_client')],
    }));
    await place.must(['sync', 'cps_client', 'Repository']);
    await until(isAgreed);
    expect((await place.must(['log', 'cps_client'])).out).toContain('received 3 new');
  });

  it('comes again by itself when the site was not running: the alias had the mail kept', async () => {
    await setUp((ports) => ({
      smtp: `smtp://127.0.0.1:${ports.postfix}`,
      receiver: { protocol: 'smtp', port: ports.receiver },
    }));
    const { address } = server;
    await server.stop();
    await place.must(['sync', 'cps_client', 'Repository']);
    expect((await place.must(['status', 'cps_client'])).out).toContain('waiting for an answer');
    server = await startServer(place, ['--no-clock', '--port', new URL(address).port]);
    await until(async () => {
      postfix.flush();
      await fetchMail();
      return isAgreed();
    });
  });
});
