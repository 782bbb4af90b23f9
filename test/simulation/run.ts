import { parseArgs } from 'node:util';
import type { FeatureSet } from './features.ts';
import { featuresOf, featureSets } from './features.ts';
import { simulate, wireMark } from './simulate.ts';

const { values } = parseArgs({
  options: {
    set: { type: 'string', default: 'all' },
    from: { type: 'string', default: '1' },
    count: { type: 'string', default: '1000' },
    trace: { type: 'boolean', default: false },
    wire: { type: 'boolean', default: false },
    most: { type: 'string', default: '5' },
  },
});

function isSet(name: string): name is FeatureSet {
  return featureSets.some((set) => set === name);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** The first lines of what is wrong, without what differs from seed to seed. */
function kindOf(fault: string): string {
  return fault
    .split('\n')
    .slice(0, 1)
    .join('')
    .replace(/\b[grs][0-9a-z]{4,}\b/g, '~')
    .replace(/#\d+|[vs]\d+\.|\d+/g, '~')
    .slice(0, 60);
}

const sets = values.set === 'each' ? featureSets : [values.set].filter(isSet);
const [first, count, most] = [Number(values.from), Number(values.count), Number(values.most)];
for (const set of sets) {
  const startedAt = process.hrtime.bigint();
  const kinds = new Map<string, { count: number; seed: number; steps: number; fault: string }>();
  let [syncs, rounds, failed] = [0, 0, 0];
  for (let seed = first; seed < first + count; seed += 1) {
    const history = await simulate(seed, featuresOf(seed, set));
    syncs += history.syncs;
    rounds = Math.max(rounds, history.rounds);
    const [fault] = history.faults;
    const heard = history.trace.filter((line) => values.wire || !line.startsWith(wireMark));
    if (values.trace) say([...heard, ...history.faults].join('\n'));
    if (fault === undefined) continue;
    failed += 1;
    const known = kinds.get(kindOf(fault));
    const steps = heard.length;
    if (known === undefined) kinds.set(kindOf(fault), { count: 1, seed, steps, fault });
    else {
      known.count += 1;
      if (steps < known.steps) Object.assign(known, { seed, steps, fault });
    }
  }
  const seconds = Number(process.hrtime.bigint() - startedAt) / 1e9;
  say(
    `${set}: ${count} histories, ${failed} failed, ${syncs} syncs, at most ${rounds} rounds, ${seconds.toFixed(0)} s`,
  );
  for (const found of [...kinds.values()].sort((a, b) => b.count - a.count).slice(0, most))
    say(`  ${found.count} × seed ${found.seed}: ${found.fault.slice(0, 600)}`);
  if (failed > 0) process.exitCode = 1;
}
