import { z } from 'zod';
import { defaultXmlLimits, widestXmlLimits } from '../xml/limits.ts';

const megabyte = 1024 * 1024;
const second = 1000;
const minute = 60 * second;
const day = 24 * 60 * minute;

/** A whole number between two bounds, or its default. */
function whole(least: number, most: number, byDefault: number): z.ZodDefault<z.ZodInt> {
  return z.int().min(least).max(most).default(byDefault);
}

const serverSchema = z.strictObject({
  host: z.string().min(1).default('127.0.0.1').describe('The address to listen at; 0.0.0.0 lets other machines in'),
  port: whole(0, 65_535, 9673).describe('The port to listen at; 0 takes any free one'),
  trustedProxies: whole(0, 10, 0).describe(
    'How many proxies stand before the server, whose word about the visitor’s address is taken',
  ),
  stopMs: whole(0, 10 * minute, 10 * second).describe('How long a stop waits for what is being answered'),
});

const storeSchema = z.strictObject({
  url: z
    .string()
    .regex(/^mongodb(?:\+srv)?:\/\//, 'must be a MongoDB URL: mongodb://user:password@host:27017/database')
    .optional()
    .describe(
      'The MongoDB database that holds the sites: mongodb://user:password@host:27017/database, or mongodb+srv:; not set: files in the data directory',
    ),
  timeoutMs: whole(100, 10 * minute, 10 * second).describe('How long to wait for that server'),
  flush: z
    .enum(['normal', 'full'])
    .default('normal')
    .describe('normal survives a kill; full also a power cut, and waits for the disk at each commit'),
  busyTimeoutMs: whole(0, 10 * minute, 10 * second).describe('How long a writer waits for other processes'),
  logOctets: whole(4 * megabyte, 65_536 * megabyte, 256 * megabyte).describe(
    'What the write-ahead logs of all open sites may hold together before they are written into the files; one of them 1 to 64 MB',
  ),
});

const xmlSchema = z.strictObject({
  maxOctets: whole(1_000, widestXmlLimits.maxOctets, defaultXmlLimits.maxOctets).describe(
    'The largest document that is taken in, from a file, a request or a peer; and the largest request',
  ),
  maxDepth: whole(2, widestXmlLimits.maxDepth, defaultXmlLimits.maxDepth).describe(
    'Elements of such a document inside each other',
  ),
  maxAttributes: whole(1, widestXmlLimits.maxAttributes, defaultXmlLimits.maxAttributes).describe(
    'Attributes of one of its elements',
  ),
  maxNodes: whole(10, widestXmlLimits.maxNodes, defaultXmlLimits.maxNodes).describe('Its nodes'),
});

const brakeSchema = z.strictObject({
  objects: whole(0, 1_000_000_000, 20).describe('So many deletions in one sync need no permission'),
  percent: z.number().min(0).max(100).default(10).describe('So many of a hundred objects, if that is more'),
});

const syncSchema = z.strictObject({
  messageOctets: whole(4_096, 16 * megabyte, megabyte).describe(
    'The largest message that is made and asked for (MaxMsgSize)',
  ),
  packageOctets: whole(4_096, 128 * megabyte, 64 * megabyte).describe(
    'The same where messages are carried, by mail or folder: large, because each takes long',
  ),
  answerPauseMs: whole(second, 30 * day, 15 * minute).describe(
    'How long to wait for a carried answer before the message is sent again; it doubles each time',
  ),
  longestAnswerPauseMs: whole(second, 365 * day, day).describe('The longest such wait'),
  leaseMs: whole(second, day, 20 * minute).describe(
    'A sync of which nothing was heard for so long is taken over by the next one; longer than transport.exchangeTimeoutMs. One whose process was killed is taken over at once',
  ),
  deletionBrake: brakeSchema.prefault({}),
});

const proxyUrl = z.url({ protocol: /^https?$/ }).optional();

const transportSchema = z.strictObject({
  connectTimeoutMs: whole(100, 10 * minute, 10 * second).describe('How long to wait for a connection'),
  timeoutMs: whole(100, 60 * minute, minute).describe('How long a peer may be silent while it works on a message'),
  exchangeTimeoutMs: whole(100, day, 15 * minute).describe('How long one message and its answer may take together'),
  maxAnswerOctets: whole(64_000, 1024 * megabyte, 64 * megabyte).describe('The largest answer of a peer'),
  caFile: z.string().min(1).optional().describe('Certificates (PEM) to trust beside those of Node'),
  httpProxy: proxyUrl.describe('http://host:port of the proxy for http addresses'),
  httpsProxy: proxyUrl.describe('http://host:port of the proxy for https addresses'),
  noProxy: z
    .string()
    .default('')
    .describe('Hosts that are reached without proxy, with commas between; * for all. The own machine always is'),
});

const mailUrl = (protocol: RegExp, example: string): z.ZodString =>
  z
    .string()
    .refine((text) => URL.canParse(text) && protocol.test(new URL(text).protocol), `must be such as ${example}`);

const receiverSchema = z.strictObject({
  protocol: z.enum(['lmtp', 'smtp']).default('lmtp').describe('What it speaks'),
  host: z.string().min(1).default('127.0.0.1').describe('The address to listen at; plain, so for the own network only'),
  port: whole(0, 65_535, 0).describe('The port to listen at; 0: nobody listens'),
});

const mailboxSchema = z.strictObject({
  site: z.string().min(1),
  url: mailUrl(/^imaps?:$/, 'imaps://user:password@host'),
  folder: z.string().min(1).default('INBOX'),
  processed: z.string().min(1).default('Concord-Processed'),
  failed: z.string().min(1).default('Concord-Failed'),
  pollMs: whole(second, day, minute),
});

const mailServerSchema = z.strictObject({
  site: z.string().min(1),
  publication: z.string().min(1).optional(),
  smtp: mailUrl(/^smtps?:$/, 'smtps://user:password@host'),
  from: z.email().optional(),
});

const mailSchema = z.strictObject({
  smtp: mailUrl(/^smtps?:$/, 'smtps://user:password@host')
    .default('smtp://localhost:25')
    .describe('The server that mails go out by: smtp://user:password@host:port, or smtps: for TLS from the start'),
  servers: z
    .array(mailServerSchema)
    .default([])
    .describe(
      'Other servers for mails of one site, or of one publication there: [{"site": "cps", "publication": "Repository", "smtp": "smtps://user:password@host"}]',
    ),
  from: z.email().optional().describe('Who mails come from, where publication or subscription have no mail address'),
  maxMailOctets: whole(20_000, 1024 * megabyte, 10 * megabyte).describe(
    'The largest mail that servers on the way take; a message that is larger goes in parts',
  ),
  maxReceivedOctets: whole(20_000, 1024 * megabyte, 40 * megabyte).describe('The largest mail that is read'),
  timeoutMs: whole(100, 60 * minute, minute).describe('How long a mail server may be silent'),
  proxy: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('http://host:port of the proxy to mail servers'),
  receiver: receiverSchema.prefault({}),
  mailboxes: z
    .array(mailboxSchema)
    .default([])
    .describe('Mailboxes to watch: [{"site": "cps", "url": "imaps://user:password@host", "folder": "INBOX"}]'),
  received: z
    .string()
    .min(1)
    .optional()
    .describe('The script mail_received, a JavaScript module; see docs/guide/mail.md'),
});

const queueSchema = z.strictObject({
  url: z
    .url({ protocol: /^rediss?$/ })
    .optional()
    .describe(
      'Where activities are queued: redis://user:password@host:port/0, or rediss: for TLS; not set: in the store',
    ),
  timeoutMs: whole(100, 10 * minute, 5 * second).describe('How long that server may take to answer'),
});

const activitiesSchema = z.strictObject({
  leaseMs: whole(second, 60 * minute, minute).describe(
    'An activity whose process was killed is taken up by another after so long',
  ),
  pollMs: whole(10, minute, second).describe('How often a process looks for work'),
  concurrency: whole(1, 64, 2).describe('How many activities of one site a process runs at a time'),
  firstRetryMs: whole(10, day, 5 * second).describe('The wait before the first retry; it doubles with each'),
  longestRetryMs: whole(10, 7 * day, 15 * minute).describe('The longest wait before a retry'),
  failed: z
    .string()
    .min(1)
    .optional()
    .describe('The script activity_failed, a JavaScript module; see docs/guide/operation.md'),
});

const accessSchema = z.strictObject({
  maxFailedSignIns: whole(1, 1_000, 10).describe(
    'Wrong passwords of one name from one address before it is locked there for a while',
  ),
  lockOutMs: whole(second, day, minute).describe('For how long it is locked'),
  requestsPerMinute: whole(1, 10_000_000, 6_000).describe('Requests of one address, SyncML not counted'),
  failedSignInsPerMinute: whole(1, 1_000_000, 60).describe('Failed sign-ins of one address, whatever the name'),
  sessionIdleMs: whole(minute, 365 * day, 12 * 60 * minute).describe(
    'Who has signed in at the pages and does nothing for so long must sign in again',
  ),
  sessionLongestMs: whole(minute, 365 * day, 30 * day).describe('Who has signed in so long ago must sign in again'),
});

const pagesSchema = z.strictObject({
  language: z
    .string()
    .regex(/^(?:auto|[a-z]{2,3}(?:-[A-Za-z0-9]+)*)$/)
    .default('auto')
    .describe('The language of the pages, such as en or de; auto takes what the browser asks for'),
  skin: z
    .string()
    .min(1)
    .optional()
    .describe('The folder with own templates, texts and style; skins/custom if not set'),
});

const publisherSchema = z.strictObject({
  expelAfterDays: whole(0, 3_650, 0).describe(
    'A subscriber that was not heard of for so many days, and for which the log is kept, is taken off its publication by the clock; 0: never',
  ),
  messagesAtOnce: whole(1, 100_000, 64).describe(
    'SyncML messages of one address that a process takes in at a time; raise it where all come through one proxy whose word is not taken',
  ),
  messagesPerMinute: whole(1, 10_000_000, 6_000).describe('SyncML messages of one subscription from one address'),
  octetsPerMinute: whole(1_000_000, 1_000_000 * megabyte, 4_096 * megabyte).describe('The same in octets, unpacked'),
  subscribersPerAccount: whole(0, 10_000_000, 20_000).describe(
    'So many subscribers one account may make at the publications of a site; further ones are refused; 0: any number',
  ),
  streams: whole(0, 1_000_000, 10_000).describe(
    'So many subscribers may listen for changes at a process, each over a connection that stays open; 0: none',
  ),
  streamsPerSubscriber: whole(1, 100, 2).describe('So many connections one of them may have; one more ends its oldest'),
});

const historySchema = z.strictObject({
  keepDays: whole(0, 36_500, 365).describe(
    'Once a day the clock lets revisions be removed that are older and that no sync and no restored peer can need; 0: never. `concord gc` removes them whatever their age',
  ),
});

const logSchema = z.strictObject({
  level: z
    .enum(['debug', 'info', 'warn', 'error'])
    .default('info')
    .describe('What a process tells of itself: info each sync, debug each message too'),
});

const watchSchema = z.strictObject({
  openTo: z
    .enum(['accounts', 'loopback', 'everybody'])
    .default('accounts')
    .describe(
      'Who may read /metrics and /readyz: accounts of the installation; also everybody on this machine (behind a proxy on it, with server.trustedProxies); everybody',
    ),
  host: z.string().min(1).default('127.0.0.1').describe('The address that watch.port is taken at'),
  port: whole(0, 65_535, 0).describe(
    'Where processes without a web server answer /healthz, /readyz and /metrics; 0: nowhere',
  ),
  subscribers: whole(0, 1_000, 20).describe(
    'Of so many subscribers of a publication, those furthest behind, it is said how far',
  ),
  silenceMs: whole(second, day, 2 * minute).describe(
    '/readyz says so when no clock or no worker was heard of for so long',
  ),
  overdueActivityMs: whole(second, 30 * day, 10 * minute).describe('… when an activity has been due for so long'),
  overdueSyncMs: whole(second, 365 * day, 60 * minute).describe(
    '… when a subscription is behind its schedule for so long',
  ),
});

/** The settings of an installation, each with its limits, its default and what it means; docs/guide/configuration.md is made from this. */
export const configurationSchema = z.strictObject({
  server: serverSchema.prefault({}),
  store: storeSchema.prefault({}),
  xml: xmlSchema.prefault({}),
  sync: syncSchema.prefault({}),
  transport: transportSchema.prefault({}),
  mail: mailSchema.prefault({}),
  queue: queueSchema.prefault({}),
  activities: activitiesSchema.prefault({}),
  access: accessSchema.prefault({}),
  pages: pagesSchema.prefault({}),
  publisher: publisherSchema.prefault({}),
  history: historySchema.prefault({}),
  log: logSchema.prefault({}),
  watch: watchSchema.prefault({}),
});

/** The settings as the schema gives them, before what is secret is hidden. */
export type Settings = z.infer<typeof configurationSchema>;
