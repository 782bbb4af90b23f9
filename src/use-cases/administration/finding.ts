/** What can be mended without losing or deciding anything, by what is done. */
export const repairs = {
  'restart-activities': 'the activities that have failed are tried again',
  'plan-schedules': 'the next sync of each schedule is queued',
  'free-leases': 'syncs whose process is gone are given free, and the next sync goes on with them',
} as const;
export type Repair = keyof typeof repairs;

/** One thing that was looked at, and what was found. */
export interface Finding {
  readonly check: string;
  readonly state: 'fine' | 'warning' | 'fault';
  readonly text: string;
  /** What would mend it, where that loses and decides nothing. */
  readonly repair?: Repair;
}
