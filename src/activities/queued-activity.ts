import type { Activity, NewActivity } from './activity.ts';

const defaultPriority = 1;
const defaultRetries = 5;

/** What a queue keeps of an activity besides where it stands. */
export type QueuedActivity = Omit<Activity, 'id' | 'state' | 'failure' | 'lease'>;

/** An activity as every queue keeps it when it is added: whatever was left out has its default; a delay has become a date. */
export function queuedActivity(activity: NewActivity, now: number): QueuedActivity {
  const { work, notBefore = now, delayMs = 0, tag = '', afterTag = '', oneAtATime = '', deduplicate = '' } = activity;
  return {
    ...{ work, tag, afterTag, oneAtATime, deduplicate, retries: 0, createdAt: now },
    priority: activity.priority ?? defaultPriority,
    maxRetries: activity.maxRetries ?? defaultRetries,
    notBefore: delayMs === 0 ? notBefore : Math.max(notBefore, now + delayMs),
  };
}

/** Whether it cannot run at once: its date is to come, or it comes after others, which `distribute` looks for. */
export function mustWait({ notBefore, afterTag, createdAt }: QueuedActivity): boolean {
  return notBefore > createdAt || afterTag !== '';
}
