import { chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { findProgram, freePort, startForeground, unprivileged, untilListening } from './server-processes.ts';

/** Where dovecot is, with the part that takes mail by LMTP. */
export const dovecotPrograms = { dovecot: findProgram('dovecot'), 'dovecot-lmtpd': findProgram('lmtp') };

/** A dovecot of the test's own: everybody has a mailbox there, with the password `secret`. */
export interface Dovecot extends AsyncDisposable {
  readonly imapPort: number;
  readonly lmtpPort: number;
  /** Ends it, and starts it again on the same mails. */
  readonly restart: () => Promise<void>;
}

/** What this dovecot is to be like, where that is not as usual. */
export interface DovecotSetting {
  /** How many mails may lie in all folders of one user together. */
  readonly mostMails?: number;
  /** It cannot move mails, only copy and delete them. */
  readonly knowsNoMove?: boolean;
}

/** Starts dovecot from a folder of its own, unprivileged, at free ports of the loopback interface. */
export async function startDovecot(wanted: DovecotSetting = {}): Promise<Dovecot> {
  const prefix = mkdtempSync(join(tmpdir(), 'concord-dovecot-'));
  const [imapPort, lmtpPort] = [await freePort(), await freePort()];
  const { uid = process.getuid?.() ?? 0, gid = process.getgid?.() ?? 0 } = unprivileged;
  const user = 'uid' in unprivileged ? 'nobody' : userInfo().username;
  const group = 'uid' in unprivileged ? 'nogroup' : user;
  for (const folder of ['run', 'state', 'mail']) {
    mkdirSync(join(prefix, folder));
    chownSync(join(prefix, folder), uid, gid);
  }
  chownSync(prefix, uid, gid);
  const text = configuration({ prefix, user, group, uid, gid, imapPort, lmtpPort }) + asWanted(wanted);
  writeFileSync(join(prefix, 'dovecot.conf'), text);
  const start = (): AsyncDisposable =>
    startForeground(dovecotPrograms.dovecot ?? '', ['-F', '-c', join(prefix, 'dovecot.conf')]);
  let running = start();
  await Promise.all([untilListening(imapPort), untilListening(lmtpPort)]);
  return {
    imapPort,
    lmtpPort,
    restart: async () => {
      await running[Symbol.asyncDispose]();
      running = start();
      await untilListening(imapPort);
    },
    [Symbol.asyncDispose]: async () => {
      await running[Symbol.asyncDispose]();
      rmSync(prefix, { recursive: true, force: true });
    },
  };
}

interface Setting {
  readonly prefix: string;
  readonly user: string;
  readonly group: string;
  readonly uid: number;
  readonly gid: number;
  readonly imapPort: number;
  readonly lmtpPort: number;
}

function configuration({ prefix, user, group, uid, gid, imapPort, lmtpPort }: Setting): string {
  return `
protocols = imap lmtp
listen = 127.0.0.1
base_dir = ${prefix}/run
state_dir = ${prefix}/state
log_path = ${prefix}/log
ssl = no
disable_plaintext_auth = no
default_internal_user = ${user}
default_internal_group = ${group}
default_login_user = ${user}
mail_location = maildir:${prefix}/mail/%n
first_valid_uid = ${uid}
first_valid_gid = ${gid}
passdb {
  driver = static
  args = password=secret
}
userdb {
  driver = static
  args = uid=${uid} gid=${gid} home=${prefix}/mail/%n allow_all_users=yes
}
service imap-login {
  chroot =
  inet_listener imap {
    port = ${imapPort}
  }
  inet_listener imaps {
    port = 0
  }
}
service lmtp {
  inet_listener lmtp {
    address = 127.0.0.1
    port = ${lmtpPort}
  }
}
service anvil {
  chroot =
}
`;
}

function asWanted({ mostMails, knowsNoMove = false }: DovecotSetting): string {
  const quota =
    mostMails === undefined
      ? ''
      : `
mail_plugins = quota
plugin {
  quota = maildir:User quota
  quota_rule = *:messages=${mostMails}
}
`;
  return knowsNoMove ? `${quota}imap_capability = IMAP4rev1 LITERAL+ IDLE UIDPLUS\n` : quota;
}
