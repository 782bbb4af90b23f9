import type { AccountStore, Role } from '../ports/account-store.ts';
import type { ActivityQueue } from '../ports/activity-queue.ts';
import type { CarrierNotes } from '../ports/carrier-notes.ts';
import type { Clock } from '../ports/clock.ts';
import type { Installation } from '../ports/installation.ts';
import type { Identifiers } from '../ports/identifiers.ts';
import type { Keyring } from '../ports/keyring.ts';
import type { MessageParts } from '../ports/message-parts.ts';
import type { OpenPgp } from '../ports/open-pgp.ts';
import type { PasswordHasher } from '../ports/password-hasher.ts';
import type { SiteStore } from '../ports/site-store.ts';
import type { Vault } from '../ports/vault.ts';
import type { XmlLimits } from '../xml/limits.ts';
import type { FillingAhead } from './exchange/filling-ahead.ts';
import type { SignInGuard } from './administration/sign-in-guard.ts';

/** What a use-case works with at one site. Made by the composition root; a use-case never sees an adapter. */
export interface SiteContext {
  readonly site: string;
  readonly store: SiteStore;
  readonly queue: ActivityQueue;
  /** Where the queue is not in the store: activities that were committed with a decision, and go from there into the queue. */
  readonly outbox?: ActivityQueue;
  readonly accounts: AccountStore;
  /** Accounts that are good on all sites. */
  readonly installationAccounts: AccountStore;
  readonly passwordHasher: PasswordHasher;
  /** One for the whole process, so that wrong passwords count wherever they are tried. */
  readonly signInGuard: SignInGuard;
  readonly clock: Clock;
  readonly identifiers: Identifiers;
  readonly vault: Vault;
  /** The site's OpenPGP keys; without it nothing is sealed. */
  readonly keyring?: Keyring;
  readonly openPgp?: OpenPgp;
  /** Of the installation: what its processes tell each other. */
  readonly settings?: Pick<Installation, 'setting' | 'saveSetting'>;
  /** Parts of mails that wait for others. */
  readonly parts?: MessageParts;
  /** What operators are told of mails and drop folders. */
  readonly carrierNotes?: CarrierNotes;
  /** What a document must keep to that comes in, on whatever way; left out: the defaults. */
  readonly xmlLimits?: XmlLimits;
  /** Of one account at all publications of the site; left out, or 0: any number. */
  readonly mostSubscribersPerAccount?: number;
  /** One for the whole process; without it each message is filled in its turn. */
  readonly fillingAhead?: FillingAhead;
}

/** Who asks: the account that signed in, with its roles at this site. */
export interface Actor {
  readonly name: string;
  readonly roles: readonly Role[];
}
