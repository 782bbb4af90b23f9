/**
 * Measures how many activities that do nothing a worker runs, and what two workers of one site make of it: `npm run bench -- activities [--activities N] [--runs N]
 * [--json FILE]`. In the store; and in Redis, where `redis-server` is found or QUEUE_URL names one. Each process runs as many at a time as a worker does.
 */
import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import type { ActivityRequest, ActivityRun } from './activity-messages.ts';
import { median } from './median.ts';
import { machine, markdownTable } from './report.ts';
import { startRedis } from './servers.ts';

const { values } = parseArgs({
  options: {
    activities: { type: 'string', default: '20000' },
    runs: { type: 'string', default: '3' },
    json: { type: 'string', default: 'var/bench-activities.json' },
  },
});
const activities = Number(values.activities);
const runs = Number(values.runs);

/** Of one run, both by one worker and by two: activities in a second by the clock, and in a second of the workers' processor time. */
interface Measured {
  readonly perSecond: number;
  readonly perCpuSecond: number;
  readonly perSecondOfTwo: number;
  readonly perCpuSecondOfTwo: number;
}

class Worker implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #ended: Promise<unknown>;

  private constructor(data: string, environment: NodeJS.ProcessEnv) {
    this.#process = fork(join(import.meta.dirname, 'activity-process.js'), [data], { env: environment });
    this.#ended = once(this.#process, 'exit');
  }

  static async start(data: string, environment: NodeJS.ProcessEnv): Promise<Worker> {
    const worker = new Worker(data, environment);
    await worker.#answer();
    return worker;
  }

  async ask(request: ActivityRequest): Promise<ActivityRun> {
    const answer = this.#answer();
    this.#process.send(request);
    return answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.ask({ do: 'close' });
    await this.#ended;
  }

  async #answer(): Promise<ActivityRun> {
    const died = this.#ended.then(() => Promise.reject(new Error('a worker ended before it was asked to')));
    // Only the other end of the channel writes to it.
    const [answer] = (await Promise.race([once(this.#process, 'message'), died])) as [ActivityRun];
    return answer;
  }
}

async function measure(environment: NodeJS.ProcessEnv): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), 'concord-bench-activities-'));
  try {
    await using one = await Worker.start(folder, environment);
    await using two = await Worker.start(folder, environment);
    // Warm, as workers that have been running for a while.
    for (const worker of [one, two]) await emptied([worker], activities / 4);
    const alone = await emptied([one], activities);
    const together = await emptied([one, two], activities);
    return {
      ...{ perSecond: alone.perSecond, perCpuSecond: alone.perCpuSecond },
      ...{ perSecondOfTwo: together.perSecond, perCpuSecondOfTwo: together.perCpuSecond },
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function emptied(
  workers: readonly Worker[],
  count: number,
): Promise<{ readonly perSecond: number; readonly perCpuSecond: number }> {
  await workers[0]?.ask({ do: 'fill', count });
  const begin = performance.now();
  const ran = await Promise.all(workers.map((worker) => worker.ask({ do: 'run' })));
  const seconds = (performance.now() - begin) / 1000;
  const done = ran.reduce((sum, one) => sum + one.done, 0);
  if (done !== count) throw new Error(`${done} of ${count} activities have run`);
  const cpuSeconds = ran.reduce((sum, one) => sum + one.cpuMs, 0) / 1000;
  return { perSecond: done / seconds, perCpuSecond: done / cpuSeconds };
}

const queues = [{ queue: 'in the store', wanted: 10_000, environment: {} }];
await using redis = await startRedis('QUEUE_URL');
if (redis === undefined) console.log('Redis is skipped: no QUEUE_URL, and no redis-server is found');
else queues.push({ queue: 'in Redis', wanted: 4_000, environment: { CONCORD_QUEUE_URL: redis.url } });

const measured: Record<string, Measured[]> = {};
for (let run = 1; run <= runs; run++)
  for (const { queue, environment } of queues) {
    console.log(`run ${run} of ${runs}: ${queue}`);
    (measured[queue] ??= []).push(await measure(environment));
  }
const whole = (figure: number): string => Math.round(figure).toLocaleString('en');
const rows = queues.flatMap(({ queue, wanted }) => {
  const of = (name: keyof Measured): number => median((measured[queue] ?? []).map((one) => one[name]));
  const share = of('perCpuSecondOfTwo') / of('perCpuSecond');
  return [
    [
      `${queue}: one worker, activities/s`,
      whole(of('perSecond')),
      `≥ ${whole(wanted)}`,
      yes(of('perSecond') >= wanted),
    ],
    [`${queue}: one worker, activities per s of CPU`, whole(of('perCpuSecond')), '', ''],
    [`${queue}: two workers, activities/s`, whole(of('perSecondOfTwo')), '', ''],
    [`${queue}: two workers, activities per s of CPU`, whole(of('perCpuSecondOfTwo')), '', ''],
    [`${queue}: two workers ÷ one, per s of CPU`, share.toFixed(2), '≥ 0.85', yes(share >= 0.85)],
  ];
});
console.log(`\n${machine()}; ${whole(activities)} activities; medians of ${runs}\n`);
console.log(markdownTable([['', 'measured', 'wanted', 'reached'], ...rows]));
mkdirSync(dirname(values.json), { recursive: true });
writeFileSync(values.json, `${JSON.stringify({ machine: machine(), activities, measured }, undefined, 1)}\n`);

function yes(isReached: boolean): string {
  return isReached ? 'yes' : '**no**';
}
