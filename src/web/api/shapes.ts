import { z } from 'zod';

/** What answers look like, for the description of the API. Times are milliseconds since 1970, UTC. */
const time = z.int().describe('Milliseconds since 1970, UTC');
const text = z.string();

/** A line of the log. */
export const logLineShape = z.object({
  number: z.int(),
  at: time,
  kind: z.enum(['sync', 'conflict', 'deletion', 'access', 'administration']),
  level: z.enum(['info', 'warning', 'error']),
  subject: text,
  text,
  details: z.record(text, z.unknown()).describe('`changes` of a sync only where one line is asked for'),
});

const side = z.object({
  value: text.nullable().describe('Null: the field is not there'),
  edit: z.object({ id: text, at: time, by: text }),
});

/** A conflict. */
export const conflictShape = z.object({
  id: text,
  version: z.int().describe('Send it back with a settlement, so that nobody overrules another unseen'),
  path: text,
  gid: text,
  field: text,
  peer: z.int(),
  role: z.enum(['publisher', 'subscriber']),
  base: text.nullable(),
  publisher: side,
  subscriber: side,
  stands: text.nullable().describe('The value that the field has now, whatever the note says'),
  state: z.enum(['open', 'closing', 'settled']),
  settledBy: z.enum(['person', 'policy', 'equal-values']).optional(),
  openedAt: time,
});

/** A rule for conflicts. */
export const ruleShape = z.object({
  id: text,
  field: text,
  keep: z.enum(['publisher', 'subscriber', 'newer']),
  publication: text.optional(),
  subscription: text.optional(),
  createdAt: time,
  by: text,
});

/** A token, without what it is. */
export const tokenShape = z.object({
  id: text,
  account: text,
  accountOf: z.enum(['site', 'installation']),
  title: text,
  createdAt: time,
  expiresAt: time.optional(),
  lastUsedAt: time.optional(),
});

/** An activity. */
export const activityShape = z.object({
  id: z.int(),
  state: z.enum(['waiting', 'runnable', 'running', 'failed']),
  work: z.looseObject({ name: text }),
  priority: z.int(),
  notBefore: time,
  retries: z.int(),
  maxRetries: z.int(),
  createdAt: time,
  failure: z.object({ code: text, message: text, at: time }).optional(),
});

/** An account. */
export const accountShape = z.object({
  name: text,
  roles: z.array(text),
  mustChangePassword: z.boolean(),
  createdAt: time,
});

/** An event of a sync. */
export const syncEventShape = z.object({
  number: z.int(),
  subscription: text,
  run: text,
  at: time,
  kind: z.enum(['plan', 'queued', 'started', 'progress', 'cancel', 'done', 'waiting', 'failed', 'cancelled']),
  data: z.record(text, z.unknown()),
});

/** A session at the pages. */
export const sessionShape = z.object({
  id: text,
  account: text,
  createdAt: time,
  seenAt: time,
  address: text,
  agent: text,
});
