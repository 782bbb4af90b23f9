import { z } from 'zod';
import type { Activity, ActivityWork } from '../../activities/activity.ts';
import type { QueuedActivity } from '../../activities/queued-activity.ts';
import type { Looked } from './gates.ts';

/** What a job carries. */
export type KeptActivity = QueuedActivity & { readonly failure?: NonNullable<Activity['failure']> };

const failureSchema = z.object({
  code: z.string(),
  message: z.string(),
  at: z.number(),
  isTold: z.literal(false).exactOptional(),
});
const keptSchema = z.object({
  work: z.looseObject({ name: z.string() }),
  priority: z.number(),
  notBefore: z.number(),
  tag: z.string(),
  afterTag: z.string(),
  oneAtATime: z.string(),
  deduplicate: z.string(),
  maxRetries: z.number(),
  retries: z.number(),
  createdAt: z.number(),
  failure: failureSchema.exactOptional(),
});

/** What a job carries, read. */
export function readKept(data: string): KeptActivity {
  const kept = keptSchema.parse(JSON.parse(data));
  // Holds: whoever queues it has the same type; a work that this version does not know is refused by its handler's own check.
  return { ...kept, work: kept.work as ActivityWork };
}

/** A lease as the token of BullMQ's lock: until when, and whose. */
export function leaseToken({ holder, until }: NonNullable<Activity['lease']>): string {
  return `${until} ${holder}`;
}

/** The lease that a token says; undefined for one of other making, or none. */
export function leaseOf(token: string): Activity['lease'] {
  const [, until, holder] = /^(\d+) (.*)$/.exec(token) ?? [];
  return until === undefined || holder === undefined ? undefined : { holder, until: Number(until) };
}

/** A job as an activity. */
export function activityOf({ id, state, data, token }: Looked): Activity {
  const { failure, ...kept } = readKept(data);
  return { id: Number(id), state, ...kept, failure, lease: leaseOf(token) };
}
