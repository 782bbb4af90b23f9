import type { Secret } from './secret.ts';
import type { Settings } from './schema.ts';

type Frozen<Value> = Value extends object ? { readonly [Key in keyof Value]: Frozen<Value[Key]> } : Value;

/** What an installation is set to. Frozen at start; each module is given its own part. */
export interface Configuration extends Frozen<Omit<Settings, 'transport' | 'mail' | 'queue' | 'store'>> {
  /** The data directory, absolute. */
  readonly data: string;
  readonly transport: Frozen<Omit<Settings['transport'], 'httpProxy' | 'httpsProxy'>>;
  readonly mail: Frozen<Omit<Settings['mail'], 'smtp' | 'proxy' | 'mailboxes' | 'servers'>> & {
    readonly servers: readonly MailServerPlace[];
    readonly mailboxes: readonly MailboxPlace[];
  };
  readonly store: Frozen<Omit<Settings['store'], 'url'>>;
  readonly queue: Frozen<Omit<Settings['queue'], 'url'>>;
  readonly secrets: Secrets;
}

/** A mailbox to watch; its address carries a password. */
export interface MailboxPlace extends Frozen<Omit<Settings['mail']['mailboxes'][number], 'url'>> {
  readonly url: Secret;
}

/** A mail server of one site, or of one publication at it; its address carries a password. */
export interface MailServerPlace extends Frozen<Omit<Settings['mail']['servers'][number], 'smtp'>> {
  readonly smtp: Secret;
}

/** What must not be printed. */
export interface Secrets {
  /** The password that a command needs, from CONCORD_PASSWORD. */
  readonly password: Secret | undefined;
  /** The addresses of the proxies, which may carry a password. */
  readonly httpProxy: Secret | undefined;
  readonly httpsProxy: Secret | undefined;
  /** The address of the mail server, and that of the proxy on the way to it. */
  readonly smtp: Secret;
  readonly mailProxy: Secret | undefined;
  /** The address of the store's database. */
  readonly storeUrl: Secret | undefined;
  /** The address of the queue's server. */
  readonly queueUrl: Secret | undefined;
}
