import { z } from 'zod';

const megabyte = 1024 * 1024;
const second = 1000;
const minute = 60 * second;
const day = 24 * 60 * minute;

/** A whole number between two bounds, or its default. */
function whole(least: number, most: number, byDefault: number): z.ZodDefault<z.ZodInt> {
  return z.int().min(least).max(most).default(byDefault);
}

const serverSchema = z.strictObject({
  /** The address to listen at; 0.0.0.0 lets other machines in. */
  host: z.string().min(1).default('127.0.0.1'),
  /** 0 takes any free port. */
  port: whole(0, 65_535, 9673),
  /** How many proxies stand before the server, whose word about the visitor's address is taken. */
  trustedProxies: whole(0, 10, 0),
  /** How long a stop waits for what is being answered. */
  stopMs: whole(0, 10 * minute, 10 * second),
});

const storeSchema = z.strictObject({
  /** `normal` survives a kill; `full` also a power cut, and costs a wait for the disk at each commit. */
  flush: z.enum(['normal', 'full']).default('normal'),
  busyTimeoutMs: whole(0, 10 * minute, 10 * second),
});

const xmlSchema = z.strictObject({
  maxOctets: whole(1_000, 1_000_000_000, 20_000_000),
  maxDepth: whole(2, 2_000, 256),
  maxAttributes: whole(1, 100_000, 256),
  maxNodes: whole(10, 100_000_000, 4_000_000),
});

const syncSchema = z.strictObject({
  /** The largest message that this installation makes and asks for (MaxMsgSize). */
  messageOctets: whole(4_096, 16 * megabyte, megabyte),
  /** Who runs a sync has it for so long after its last step; then another process may take over. */
  leaseMs: whole(second, 60 * minute, minute),
  /** Deletions in one sync beyond the larger of the two wait for permission. */
  deletionBrake: z
    .strictObject({ objects: whole(0, 1_000_000_000, 20), percent: z.number().min(0).max(100).default(10) })
    .prefault({}),
});

const proxyUrl = z.url({ protocol: /^https?$/ }).optional();

const transportSchema = z.strictObject({
  connectTimeoutMs: whole(100, 10 * minute, 10 * second),
  /** How long a peer may be silent while it works on a message. */
  timeoutMs: whole(100, 60 * minute, minute),
  /** How long one message and its answer may take together. */
  exchangeTimeoutMs: whole(100, day, 15 * minute),
  maxAnswerOctets: whole(64_000, 1024 * megabyte, 64 * megabyte),
  /** Certificates (PEM) to trust beside those of Node. */
  caFile: z.string().min(1).optional(),
  /** `http://host:port` of the proxy for http addresses. */
  httpProxy: proxyUrl,
  /** `http://host:port` of the proxy for https addresses. */
  httpsProxy: proxyUrl,
  /** Hosts that are reached without proxy, with commas between; `*` for all. The own machine always is. */
  noProxy: z.string().default(''),
});

const activitiesSchema = z.strictObject({
  /** An activity whose process was killed is taken up by another after so long. */
  leaseMs: whole(second, 60 * minute, minute),
  /** How often a process looks for work. */
  pollMs: whole(10, minute, second),
  /** How many activities of one site a process runs at a time. */
  concurrency: whole(1, 64, 2),
  /** The wait before the first retry; it doubles with each up to the longest. */
  firstRetryMs: whole(10, day, 5 * second),
  longestRetryMs: whole(10, 7 * day, 15 * minute),
});

const accessSchema = z.strictObject({
  /** Wrong passwords of one name from one address before it is locked there for a while. */
  maxFailedSignIns: whole(1, 1_000, 10),
  lockOutMs: whole(second, day, minute),
  /** Of one address. */
  requestsPerMinute: whole(1, 10_000_000, 6_000),
  failedSignInsPerMinute: whole(1, 1_000_000, 60),
});

/** The settings of an installation, each with its limits and its default (docs/guide/configuration.md lists them). */
export const configurationSchema = z.strictObject({
  server: serverSchema.prefault({}),
  store: storeSchema.prefault({}),
  xml: xmlSchema.prefault({}),
  sync: syncSchema.prefault({}),
  transport: transportSchema.prefault({}),
  activities: activitiesSchema.prefault({}),
  access: accessSchema.prefault({}),
});

/** The settings as the schema gives them, before the proxies are hidden. */
export type Settings = z.infer<typeof configurationSchema>;
