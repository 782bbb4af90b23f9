import { setImmediate as turn } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { expectedDeeds } from './deeds.ts';
import { expectedFaults, expectedRules } from './observed-rules.ts';
import { wireMark } from './faulty-network.ts';
import type { FeatureName } from './features.ts';
import { featureNames, featuresOf } from './features.ts';
import { Occurrences } from './occurrences.ts';
import { planOf } from './plan.ts';
import { shrink } from './shrink.ts';
import { simulate } from './simulate.ts';

const usage = `npm run simulate -- [--seed S] [--histories N] [--only A,B] [--trace [--wire]] [--quick] [--most N]

Plays random histories of sites that synchronise over a bad network, and exits with 1 when a promise was broken: docs/guide/simulation.md.

  --seed S        the first seed (1); the same seed is the same history
  --histories N   how many, each with the next seed (2000)
  --only A,B      only these features: ${featureNames.join(', ')}
  --trace         show what happened; --wire: with all messages
  --quick         neither count what happened nor shorten what fails
  --most N        how many kinds of fault are shown (5)

Every thousand histories it says how far it is, and a seed that fails at once; Ctrl-C ends it with the figures of what was played.`;

const { values } = parseArgs({
  options: {
    help: { type: 'boolean', short: 'h', default: false },
    seed: { type: 'string', default: '1' },
    histories: { type: 'string', default: '2000' },
    only: { type: 'string' },
    trace: { type: 'boolean', default: false },
    wire: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    most: { type: 'string', default: '5' },
  },
});

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

if (values.help) {
  say(usage);
  process.exit();
}

function isFeature(name: string): name is FeatureName {
  return featureNames.some((feature) => feature === name);
}

/** The first line of what is wrong, without what differs from seed to seed. */
function kindOf(fault: string): string {
  return (fault.split('\n')[0] ?? '')
    .replace(/\b[grs][0-9a-z]{4,}\b/g, '~')
    .replace(/#\d+|[vs]\d+\.|\d+/g, '~')
    .slice(0, 60);
}

interface Found {
  count: number;
  readonly seeds: number[];
  readonly fault: string;
}

const only = values.only?.split(',').filter(isFeature);
const [first, histories, most] = [Number(values.seed), Number(values.histories), Number(values.most)];
const occurrences = new Occurrences();
const kinds = new Map<string, Found>();
const startedAt = process.hrtime.bigint();
let [syncs, rounds, failed, played] = [0, 0, 0, 0];
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    stop.abort();
  });
for (let seed = first; seed < first + histories; seed += 1) {
  // A history never waits for anything but itself: here signals are heard.
  await turn();
  if (stop.signal.aborted) break;
  const history = await simulate(planOf(seed, featuresOf(seed, only)), values.trace);
  syncs += history.syncs;
  rounds = Math.max(rounds, history.rounds);
  occurrences.add(history.occurrences);
  if (values.trace) say(history.trace.filter((line) => values.wire || !line.startsWith(wireMark)).join('\n'));
  const [fault] = history.faults;
  played += 1;
  if (played % 1_000 === 0) process.stderr.write(`${played} of ${histories} played, ${failed} failed\n`);
  if (fault === undefined) continue;
  failed += 1;
  process.stderr.write(`seed ${seed} fails: ${kindOf(fault)}\n`);
  const known = kinds.get(kindOf(fault));
  if (known === undefined) kinds.set(kindOf(fault), { count: 1, seeds: [seed], fault });
  else {
    known.count += 1;
    known.seeds.push(seed);
  }
}
const seconds = Number(process.hrtime.bigint() - startedAt) / 1e9;
say(
  `${played} histories from seed ${first}: ${failed} failed; ${syncs} syncs, at most ${rounds} rounds to rest, ${seconds.toFixed(1)} s`,
);
const expected = [...expectedFaults, ...expectedDeeds, ...expectedRules];
const missing = occurrences.missing(expected);
if (!values.quick && histories > 1) {
  for (const what of expected) say(`${String(occurrences.of(what)).padStart(8)}  ${what}`);
}
for (const found of [...kinds.values()].sort((a, b) => b.count - a.count).slice(0, most)) {
  say(`${found.count} × seeds ${found.seeds.slice(0, 6).join(' ')}: ${found.fault.slice(0, 500)}`);
}
if (failed > 0 && !values.quick && !stop.signal.aborted) {
  for (const found of [...kinds.values()].slice(0, most)) {
    const [seed = first] = found.seeds;
    const least = await shrink(planOf(seed, featuresOf(seed, only)));
    say(`\nseed ${seed}, the least that fails:`);
    say(least.trace.filter((line) => values.wire || !line.startsWith(wireMark)).join('\n'));
  }
}
const isProof = only === undefined && played >= 2_000;
if (isProof && missing.length > 0) say(`never happened: ${missing.join('; ')}`);
if (failed > 0 || (isProof && missing.length > 0)) process.exitCode = 1;
