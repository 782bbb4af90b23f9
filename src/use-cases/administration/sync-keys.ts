/** The key of an activity that the schedule of a subscription asked for. */
export function scheduledKey(subscription: string): string {
  return `scheduled:${subscription}`;
}

/** The key of an activity that was asked for because the publisher has told of changes. */
export function followedKey(subscription: string): string {
  return `followed:${subscription}`;
}

/** The key of the activities that people asked for. */
export function askedKey(subscription: string): string {
  return `sync:${subscription}`;
}
