import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram, freePort, until, untilListening } from './server-processes.ts';

/** Where postfix is; it runs for root only. */
export const postfixPrograms = {
  postfix: process.getuid?.() === 0 ? findProgram('postfix') : undefined,
};

/** What a postfix of the test's own is to do with mail. */
export interface PostfixSetting {
  /** Commands that mail for a name at localhost is piped into, as in /etc/aliases. */
  readonly aliases: Readonly<Record<string, string>>;
  /** Where mail for example.org goes by LMTP. */
  readonly lmtpPort: number;
}

/** A postfix that listens at a free port of the loopback interface. */
export interface Postfix extends AsyncDisposable {
  readonly port: number;
  /** Tries all mails again that it keeps. */
  readonly flush: () => void;
}

/** Starts postfix with folders of its own. */
export async function startPostfix(setting: PostfixSetting): Promise<Postfix> {
  const prefix = mkdtempSync(join(tmpdir(), 'concord-postfix-'));
  chmodSync(prefix, 0o755);
  for (const folder of ['conf', 'queue', 'data', 'log']) mkdirSync(join(prefix, folder));
  const uid = Number(execFileSync('id', ['-u', 'postfix']).toString());
  chownSync(join(prefix, 'data'), uid, -1);
  const port = await freePort();
  writeFileSync(join(prefix, 'conf', 'main.cf'), mainOf(prefix, setting));
  writeFileSync(join(prefix, 'conf', 'master.cf'), masterOf(port));
  const lines = Object.entries(setting.aliases).map(([name, command]) => `${name} "|${command}"`);
  writeFileSync(join(prefix, 'conf', 'aliases'), `${lines.join('\n')}\n`);
  const run = (word: string) =>
    spawnSync(postfixPrograms.postfix ?? '', ['-c', join(prefix, 'conf'), word], { stdio: 'ignore' });
  run('start');
  await untilListening(port);
  return {
    port,
    flush: () => {
      run('flush');
    },
    [Symbol.asyncDispose]: async () => {
      // By its number: `postfix stop` gives up on a master that is just starting something.
      const master = Number(readFileSync(join(prefix, 'queue', 'pid', 'master.pid'), 'utf8'));
      process.kill(master, 'SIGTERM');
      await until(() => spawnSync('test', ['-d', `/proc/${master}`]).status !== 0);
      rmSync(prefix, { recursive: true, force: true });
    },
  };
}

function mainOf(prefix: string, { lmtpPort }: PostfixSetting): string {
  return `
compatibility_level = 3.6
queue_directory = ${prefix}/queue
data_directory = ${prefix}/data
maillog_file = ${prefix}/log/mail.log
maillog_file_prefixes = ${prefix}
myhostname = mail.example.org
mydestination = localhost
myorigin = localhost
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps = texthash:${prefix}/conf/aliases
alias_database =
virtual_mailbox_domains = example.org
virtual_mailbox_maps = static:all
virtual_transport = lmtp:inet:127.0.0.1:${lmtpPort}
default_privs = nobody
smtpd_relay_restrictions = permit_mynetworks, reject
local_recipient_maps =
biff = no
`;
}

function masterOf(port: number): string {
  return `
127.0.0.1:${port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
local unix - n n - - local
virtual unix - n n - - virtual
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
`;
}
