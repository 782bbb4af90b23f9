import type { Query } from '../objects/query.ts';
import type { Installation } from '../ports/installation.ts';
import type { Published, PublishRequest } from '../use-cases/administration/publish.ts';
import type { RunCounts } from '../use-cases/administration/run-activities.ts';
import type { PreviewRequest } from '../use-cases/subscriber/preview-sync.ts';
import type { SyncPlan } from '../use-cases/subscriber/sync-plan.ts';
import type { MailOutcome } from '../use-cases/exchange/receive-mail.ts';
import type { SiteContext } from '../use-cases/site-context.ts';
import type { Subscribed, SubscribeRequest } from '../use-cases/administration/subscribe.ts';
import type { GuideServices } from './pages/guide-services.ts';
import type { SessionsContext } from '../use-cases/administration/sessions.ts';
import type { WatchServices, WatchSettings } from './watch-services.ts';
import type { ListenerLimits } from '../use-cases/publisher/watch-changes.ts';
import type { SyncShareLimits } from './sync-shares.ts';

/** A SyncML message as it came in, and from where. */
export interface IncomingMessage {
  readonly body: Uint8Array;
  /** The address that it was sent to. */
  readonly url: string;
  readonly remoteAddress: string;
}

/** What the web needs beside use-cases that get by with a SiteContext: these need adapters or configuration too, so the composition root supplies them. */
export interface WebServices extends WatchServices {
  readonly installation: Pick<Installation, 'sites' | 'accounts'>;
  /** Who has signed in at the pages. */
  readonly sessions: SessionsContext;
  readonly guide: GuideServices;
  /** SyncML for SyncML. @throws ProtocolError CON-S001, CON-X00n when it is no message, so that there is nobody to answer */
  answerMessage(context: SiteContext, message: IncomingMessage): Promise<Uint8Array>;
  /** Takes in a mail. Throws as the use-case does. */
  receiveMail(context: SiteContext, mail: Uint8Array): Promise<MailOutcome>;
  /** The query that a text means. @throws RequestError CON-R005, CON-E007 */
  query(text: string): Query;
  publish(context: SiteContext, request: PublishRequest): Promise<Published>;
  subscribe(context: SiteContext, request: SubscribeRequest): Promise<Subscribed>;
  /** What a sync of the subscription would do, or a comparison or refresh. Throws as the use-case does. */
  previewSync(context: SiteContext, request: PreviewRequest): Promise<SyncPlan>;
  /** Makes runnable what is due; returns how many became so. */
  distribute(context: SiteContext): Promise<number>;
  /** Runs what is runnable. `node` tells those apart who drive the same queue. */
  tic(context: SiteContext, node: string): Promise<RunCounts>;
  /** Runs one activity now. @throws RequestError CON-R013, CON-Q001 */
  invoke(context: SiteContext, activity: number): Promise<void>;
  /** A fault that whoever asked cannot do anything about, for the log of the process. */
  reportFault(error: unknown, request: { readonly method: string; readonly address: string }): void;
}

/** What holds for requests at each port of an installation. */
export interface DoorSettings {
  /** How many proxies stand before the server, whose word about the visitor's address is taken. */
  readonly trustedProxies: number;
  /** Of one address, SyncML not counted. */
  readonly requestsPerMinute: number;
  /** Of one address, whatever the account. */
  readonly failedSignInsPerMinute: number;
}

/** What the web is set to. */
export interface WebSettings extends DoorSettings {
  /** A SyncML message, unpacked. */
  readonly maxMessageOctets: number;
  /** The body of any other request, unpacked. */
  readonly maxBodyOctets: number;
  /** Of SyncML. */
  readonly shares: SyncShareLimits;
  /** Of those who listen for changes. */
  readonly listeners: ListenerLimits;
  readonly pages: PageSettings;
  readonly watch: WatchSettings;
}

/** How the pages look. */
export interface PageSettings {
  /** Of the texts; `auto`: as the browser asks. */
  readonly language: string;
  /** The folder whose templates, texts and style go before those of Concord; undefined: `skins/custom`. */
  readonly skin: string | undefined;
}

/** Settings that suit a small office. */
export const defaultWebSettings: WebSettings = {
  maxMessageOctets: 20_000_000,
  maxBodyOctets: 20_000_000,
  trustedProxies: 0,
  requestsPerMinute: 6_000,
  failedSignInsPerMinute: 60,
  shares: { messagesAtOnce: 64, messagesPerMinute: 6_000, octetsPerMinute: 4_294_967_296 },
  listeners: { streams: 10_000, streamsPerSubscriber: 2 },
  pages: { language: 'auto', skin: undefined },
  watch: { openTo: 'accounts', subscribers: 20 },
};
