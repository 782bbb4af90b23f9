/** What the benchmark asks of a process that runs activities. One at a time; each is answered. */
export type ActivityRequest =
  { readonly do: 'fill'; readonly count: number } | { readonly do: 'run' } | { readonly do: 'close' };

/** How many activities it has run, what of the processor that took, and how long. */
export interface ActivityRun {
  readonly done: number;
  readonly cpuMs: number;
  readonly ms: number;
}
