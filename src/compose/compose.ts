import { join } from 'node:path';
import { CronerCalendar } from '../adapters/croner/croner-calendar.ts';
import { DropFolder } from '../adapters/drop-folder/drop-folder.ts';
import { HttpChangeSource } from '../adapters/http/http-change-source.ts';
import type { HttpTransportSettings } from '../adapters/http/http-transport.ts';
import { HttpTransport } from '../adapters/http/http-transport.ts';
import { OpenPgpJs } from '../adapters/openpgp/openpgp-js.ts';
import { RememberingPasswordHasher } from '../adapters/scrypt/remembering-password-hasher.ts';
import { ScryptPasswordHasher } from '../adapters/scrypt/scrypt-password-hasher.ts';
import { holdDirectory } from '../adapters/sqlite/directory-lock.ts';
import { restoreBackup } from '../adapters/sqlite/restore-backup.ts';
import { vaultFile } from '../adapters/sqlite/sqlite-installation.ts';
import { KeyFileVault } from '../adapters/system/key-file-vault.ts';
import { RandomIdentifiers } from '../adapters/system/random-identifiers.ts';
import { systemBoots } from '../adapters/system/system-boots.ts';
import { SystemClock } from '../adapters/system/system-clock.ts';
import { XmldomXPathEvaluator } from '../adapters/xpath/xmldom-xpath-evaluator.ts';
import { activityHandlers } from './activities.ts';
import { collect } from './engine.ts';
import { tellScriptOfFailures } from './failed-activities.ts';
import { holderName } from './holder.ts';
import { measuredStore } from './observed-store.ts';
import type { Observer } from './observer.ts';
import type { SharedQueues } from './queue.ts';
import { openQueues } from './queue.ts';
import { openSmtp } from './smtp.ts';
import { routeTransports } from './transport.ts';
import { openInstallation, refuseBackups, type StoreOpening } from './store.ts';
import type { Configuration } from '../configuration/configuration.ts';
import type { Calendar } from '../ports/calendar.ts';
import type { ChangeSource } from '../ports/change-source.ts';
import type { Clock } from '../ports/clock.ts';
import type { Identifiers } from '../ports/identifiers.ts';
import type { Installation, OpenSite } from '../ports/installation.ts';
import type { MessageBox } from '../ports/message-box.ts';
import type { PasswordHasher } from '../ports/password-hasher.ts';
import type { SiteStore } from '../ports/site-store.ts';
import type { Transport } from '../ports/transport.ts';
import type { XPathEvaluator } from '../ports/xpath-evaluator.ts';
import { FillingAhead } from '../use-cases/exchange/filling-ahead.ts';
import type { RunOptions } from '../use-cases/administration/run-activities.ts';
import { SignInGuard } from '../use-cases/administration/sign-in-guard.ts';
import type { SiteContext } from '../use-cases/site-context.ts';

/** A data directory that is open, with all that works on it. Disposing closes everything. */
export interface Composition extends AsyncDisposable {
  readonly configuration: Configuration;
  readonly installation: Installation;
  readonly clock: Clock;
  readonly identifiers: Identifiers;
  readonly passwordHasher: PasswordHasher;
  readonly signInGuard: SignInGuard;
  readonly calendar: Calendar;
  readonly xpath: XPathEvaluator;
  readonly transport: Transport;
  readonly changeSource: ChangeSource;
  readonly messageBox: MessageBox;
  /** The queues of the sites where they are not in the store. */
  readonly sharedQueues: SharedQueues | undefined;
  /** What is told of the work; undefined in a command, which tells its result. */
  readonly observer: Observer | undefined;
  /** Tells this process from the others of the installation. */
  readonly node: string;
  /** @throws RequestError CON-R001 when there is no such site */
  readonly site: (id: string) => Promise<SiteContext>;
  /** What running activities takes, until the signal is aborted. */
  readonly runOptions: (signal: AbortSignal) => RunOptions;
}

const surroundings = (): { readonly identifiers: Identifiers; readonly clock: Clock } => ({
  identifiers: new RandomIdentifiers(),
  clock: new SystemClock(),
});

/** How it is opened. */
export interface Opening extends StoreOpening {
  /** Is told of the work. */
  readonly observer?: Observer;
}

/**
 * Opens the data directory that the configuration names, making it when it is new, and puts everything together. It is held together with other processes, or
 * for `maintenance` alone.
 * @throws StoreError CON-D001 (`later`) when it cannot be held so, CON-D003 when a newer version wrote it
 */
export async function compose(
  configuration: Configuration,
  hold: 'server' | 'maintenance' = 'server',
  { observer, ...opening }: Opening = {},
): Promise<Composition> {
  const { data, access } = configuration;
  const held = await holdDirectory(data, hold);
  try {
    const { identifiers, clock } = surroundings();
    const around = { identifiers, clock, boots: systemBoots() };
    const installation = await openInstallation(configuration, around, opening);
    const httpSettings = httpSettingsOf(configuration);
    const http = new HttpTransport(httpSettings);
    const changeSource = new HttpChangeSource(httpSettings);
    const messageBox = new DropFolder(clock);
    const smtp = openSmtp(configuration, clock);
    const sharedQueues = openQueues(configuration, { installation, clock });
    const limits = { maxFailures: access.maxFailedSignIns, lockOutMs: access.lockOutMs };
    return compositionOf({
      configuration,
      installation,
      clock,
      identifiers,
      passwordHasher: new RememberingPasswordHasher(new ScryptPasswordHasher(), clock),
      signInGuard: new SignInGuard(clock, limits),
      vault: new KeyFileVault(join(data, vaultFile)),
      calendar: new CronerCalendar(),
      xpath: new XmldomXPathEvaluator(),
      transport: routeTransports([http, messageBox, smtp]),
      changeSource,
      messageBox,
      sharedQueues,
      observer,
      close: async () => {
        await sharedQueues?.[Symbol.asyncDispose]();
        await http[Symbol.asyncDispose]();
        await changeSource[Symbol.asyncDispose]();
        await smtp[Symbol.asyncDispose]();
        messageBox[Symbol.dispose]();
        await installation[Symbol.asyncDispose]();
        await held[Symbol.asyncDispose]();
      },
    });
  } catch (error) {
    await held[Symbol.asyncDispose]();
    throw error;
  }
}

type Parts = Omit<Composition, 'node' | 'site' | 'runOptions' | typeof Symbol.asyncDispose> &
  Pick<SiteContext, 'vault'> & { readonly close: () => Promise<void> };

function compositionOf({ vault, close, ...parts }: Parts): Composition {
  const { configuration, installation, clock, identifiers, passwordHasher, signInGuard } = parts;
  const node = holderName(identifiers.random());
  const fillingAhead = new FillingAhead(clock);
  const openPgp = new OpenPgpJs();
  const handlers = activityHandlers({ ...parts, node });
  const measured = measuring(parts.observer);
  // One for as long as a site is open: whoever asks for it anew with each message would leave many behind.
  const contexts = new WeakMap<OpenSite, SiteContext>();
  const contextOf = (id: string, open: OpenSite): SiteContext => ({
    ...withQueue(id, measured(open), parts),
    site: id,
    settings: installation,
    installationAccounts: installation.accounts,
    passwordHasher,
    signInGuard,
    clock,
    identifiers,
    vault,
    xmlLimits: configuration.xml,
    mostSubscribersPerAccount: configuration.publisher.subscribersPerAccount,
    fillingAhead,
    openPgp,
  });
  return {
    ...parts,
    node,
    site: async (id) => {
      const open = await installation.site(id);
      const context = contexts.get(open) ?? contextOf(id, open);
      contexts.set(open, context);
      return context;
    },
    runOptions: (signal) => ({
      node,
      handlers,
      signal,
      collect: (context) => collect(context, { ...parts, node }, signal),
      ...runSettings(configuration, clock),
    }),
    [Symbol.asyncDispose]: close,
  };
}

/** What puts a watch on the times of a site's store; each site gets one for as long as it is open. */
function measuring(observer: Observer | undefined): (site: OpenSite) => OpenSite {
  const stores = new WeakMap<SiteStore, SiteStore>();
  return (site) => {
    if (observer === undefined) return site;
    const store = stores.get(site.store) ?? measuredStore(site.store, observer.measures);
    stores.set(site.store, store);
    return { ...site, store };
  };
}

/** A site with its queue; where that is shared, the store's own is where activities go out from. */
function withQueue(
  id: string,
  site: OpenSite,
  { sharedQueues }: Pick<Composition, 'sharedQueues'>,
): OpenSite & Pick<SiteContext, 'outbox'> {
  if (sharedQueues === undefined) return site;
  return { ...site, queue: sharedQueues.of(id, site.queue), outbox: site.queue };
}

type RunSettings = Pick<RunOptions, 'retry' | 'leaseMs' | 'random' | 'onFailed'>;

function runSettings({ activities }: Configuration, clock: Clock): RunSettings {
  const { firstRetryMs, longestRetryMs, leaseMs, failed } = activities;
  const told = tellScriptOfFailures(failed, clock);
  return { retry: { firstMs: firstRetryMs, longestMs: longestRetryMs }, leaseMs, random: Math.random, ...told };
}

function httpSettingsOf({ transport, secrets }: Configuration): HttpTransportSettings {
  const { timeoutMs, caFile, ...settings } = transport;
  const httpProxy = secrets.httpProxy?.reveal();
  const httpsProxy = secrets.httpsProxy?.reveal();
  return {
    ...settings,
    headersTimeoutMs: timeoutMs,
    bodyTimeoutMs: timeoutMs,
    ...(caFile === undefined ? {} : { caFile }),
    ...(httpProxy === undefined ? {} : { httpProxy }),
    ...(httpsProxy === undefined ? {} : { httpsProxy }),
  };
}

/**
 * Makes the data directory that the configuration names out of a backup. Returns the folder into which what was there before was put aside, if anything was.
 * @throws RequestError CON-R006 when it is not empty and nothing may be replaced
 * @throws StoreError CON-D001 when a server runs on it, CON-D003 or CON-D004 when the file is of a newer version, damaged or no backup
 */
export function restoreInstallation(
  configuration: Configuration,
  options: { readonly file: string; readonly mayReplace: boolean },
): Promise<string | undefined> {
  refuseBackups(configuration);
  const { data } = configuration;
  const { file, mayReplace } = options;
  return restoreBackup(file, data, { surroundings: surroundings(), mayReplace });
}
