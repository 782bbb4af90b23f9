/**
 * Measures a sync by mail beside the same one over HTTP, the memory that a large mail takes, and how soon a watched mailbox is noticed.
 * `npm run bench -- mail [--documents N] [--runs N] [--quick] [--json FILE]`
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import type { IdleDelays } from './measure-idle.ts';
import { measureIdle } from './measure-idle.ts';
import type { LargeMail, MailMemory } from './measure-mail-memory.ts';
import { measureMailMemory } from './measure-mail-memory.ts';
import type { MailRun } from './measure-mail.ts';
import { measureMail } from './measure-mail.ts';
import { median } from './median.ts';
import { machine, markdownTable } from './report.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '3' },
    documents: { type: 'string' },
    quick: { type: 'boolean', default: false },
    json: { type: 'string', default: 'var/bench-mail.json' },
  },
});

const runs = values.quick ? 1 : Number(values.runs);
const documents = Number(values.documents ?? (values.quick ? 1000 : 10_000));
const mostMegabytes = 60;
const mostDelayMs = 1000;

type Row = readonly [what: string, measured: string, wanted: string, isReached: boolean];

function rateRows(measured: readonly MailRun[]): readonly Row[] {
  return (['down', 'up'] as const).flatMap((direction) => {
    const rate = (way: keyof MailRun): number =>
      documents / (median(measured.map((run) => run[way][direction])) / 1000);
    const shown = (perSecond: number): string => Math.round(perSecond).toLocaleString('en');
    const names = { down: 'publisher → subscriber', up: 'subscriber → publisher' };
    const http = rate('http');
    return (
      [
        ['mail', 2],
        ['sealed', 4],
      ] as const
    ).map(([way, part]): Row => {
      const by = way === 'mail' ? 'by mail' : 'by mail, sealed';
      const reached = rate(way);
      return [
        `first sync, ${names[direction]}, ${by}`,
        `${shown(reached)} documents/s; ${shown(http)} over HTTP`,
        `≥ 1/${part} of HTTP: ${shown(http / part)}`,
        reached >= http / part,
      ];
    });
  });
}

function memoryRows({ megabytes, atPublisher, atSubscriber }: LargeMail): readonly Row[] {
  const row = (who: string, { idle, peak }: MailMemory): Row => [
    `memory of a mail of ${megabytes} MB, ${who}`,
    `${Math.round(idle)} MB idle, ${Math.round(peak)} MB at most: ${Math.round(peak - idle)} MB`,
    `≤ ${mostMegabytes} MB`,
    peak - idle <= mostMegabytes,
  ];
  return [row('taken in by a publisher', atPublisher), row('taken in by a subscriber', atSubscriber)];
}

function idleRows(idle: IdleDelays): readonly Row[] {
  if (idle.state === 'skipped') return [];
  const slowest = Math.max(...idle.delays);
  return [
    [
      'from delivery to applied, a mailbox with IDLE',
      `${Math.round(median(idle.delays))} ms, ${Math.round(slowest)} ms at most of ${idle.delays.length}`,
      `≤ ${mostDelayMs} ms`,
      slowest <= mostDelayMs,
    ],
  ];
}

console.log(`mail, sealed and HTTP in turn, ${documents} documents, ${runs} runs and one to warm up`);
const speed = await measureMail(documents, runs);
console.log('memory of one large mail');
const memory = await measureMailMemory(values.quick ? 900 : undefined);
console.log('a mailbox at dovecot');
const idle = await measureIdle(values.quick ? 3 : 12);
if (idle.state === 'skipped') console.log(`IDLE is skipped: ${idle.reason}`);

const rows = [...rateRows(speed), ...memoryRows(memory), ...idleRows(idle)];
const at = new Date().toISOString();
const table = markdownTable([
  ['', 'Concord', 'wanted', 'reached'],
  ...rows.map(([what, measured, wanted, isReached]) => [what, measured, wanted, isReached ? 'yes' : '**no**']),
]);
console.log(`\n${machine()}; ${at.slice(0, 10)}; medians of ${runs}\n\n${table}`);
mkdirSync(dirname(values.json), { recursive: true });
writeFileSync(
  values.json,
  `${JSON.stringify({ at, machine: machine(), runs, documents, speed, memory, idle }, undefined, 1)}\n`,
);
console.log(`\nwritten to ${values.json}`);
