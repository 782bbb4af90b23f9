import type { Features } from './features.ts';
import { featuresOf } from './features.ts';
import { Random } from './random.ts';

/** What goes wrong with a message of a sync: the `at`-th of it, counted from 1. */
export interface Fault {
  readonly kind: 'lost-request' | 'lost-answer' | 'doubled' | 'late' | 'delayed' | 'cut-request' | 'cut-answer';
  readonly at: number;
}

/** A process that is killed at a store write. */
export interface Kill {
  readonly side: 'publisher' | 'subscriber';
  readonly commit: number;
  readonly when: 'before' | 'after';
}

/** What somebody does at one site, or with one subscription. Whom it hits, and what exactly, its own dice say: so a step means the same without the others. */
export type Step =
  | { readonly does: Deed; readonly dice: number }
  | {
      readonly does: 'sync';
      readonly dice: number;
      readonly faults: readonly Fault[];
      readonly kill: Kill | undefined;
      readonly restart: boolean;
      /** People go on working while it runs, and other subscribers sync. */
      readonly isBusy: boolean;
    };

/** All but syncs. */
export type Deed =
  | 'edit'
  | 'settle'
  | 'settings'
  | 'query'
  | 'folder'
  | 'rights'
  | 'back-up'
  | 'restore'
  | 'copy'
  | 'clock'
  | 'collect'
  | 'refresh'
  | 'conduit'
  | 'expel'
  | 'arrive'
  | 'swell'
  | 'stray';

/** A history before it happens. */
export interface Plan {
  readonly seed: number;
  readonly features: Features;
  readonly steps: readonly Step[];
}

/** The history of a seed. */
export function planOf(seed: number, features: Features = featuresOf(seed)): Plan {
  const random = new Random(seed);
  const steps = Array.from({ length: features.steps }, () => stepOf(random, features));
  return { seed, features, steps };
}

function stepOf(random: Random, features: Features): Step {
  const dice = random.below(0x1_0000_0000);
  if (random.chance(0.4)) return syncOf(random, features, dice);
  const deeds = deedsOf(features);
  return { does: random.chance(0.65) || deeds.length === 0 ? 'edit' : random.pick(deeds), dice };
}

/** The more often one is named, the more often it is done. */
function deedsOf(features: Features): readonly Deed[] {
  const deeds: Deed[] = [];
  if (features.resolves) deeds.push('settle', 'settle');
  if (features.settings) deeds.push('settings', 'settings');
  if (features.query) deeds.push('query');
  if (features.folders) deeds.push('folder', 'folder', 'folder', 'folder');
  if (features.rights) deeds.push('rights');
  if (features.restores) deeds.push('back-up', 'restore', 'restore');
  if (features.copies) deeds.push('copy');
  if (features.clocks) deeds.push('clock');
  if (features.collects) deeds.push('collect');
  if (features.refreshes) deeds.push('refresh');
  if (features.faults) deeds.push('arrive', 'arrive');
  if (features.losses) deeds.push('conduit');
  if (features.expels) deeds.push('expel');
  if (features.narrow) deeds.push('swell', 'swell');
  if (features.strays) deeds.push('stray', 'stray');
  return deeds;
}

function syncOf(random: Random, features: Features, dice: number): Step {
  const hasFaults = features.faults && random.chance(0.6);
  const isKilled = features.kills && random.chance(0.4);
  return {
    does: 'sync',
    dice,
    faults: hasFaults ? someFaults(random) : [],
    kill: isKilled ? someKill(random) : undefined,
    restart: features.faults && random.chance(0.15),
    isBusy: features.meanwhile,
  };
}

const faultKinds = [
  'lost-request',
  'lost-answer',
  'lost-answer',
  'doubled',
  'late',
  'delayed',
  'cut-request',
  'cut-answer',
] as const;

function someFaults(random: Random): readonly Fault[] {
  const many = random.chance(0.3) ? 2 : 1;
  return Array.from({ length: many }, () => ({ kind: random.pick(faultKinds), at: 1 + random.below(4) }));
}

function someKill(random: Random): Kill {
  return {
    side: random.chance(0.5) ? 'publisher' : 'subscriber',
    commit: 1 + random.below(8),
    when: random.chance(0.5) ? 'before' : 'after',
  };
}

/** For people. */
export function describeStep(step: Step): string {
  if (step.does !== 'sync') return step.does;
  const faults = step.faults.map(({ kind, at }) => ` ${kind}@${String(at)}`).join('');
  const kill = step.kill && ` kill ${step.kill.side} ${step.kill.when} commit ${String(step.kill.commit)}`;
  return `sync${faults}${kill ?? ''}${step.restart ? ' restart' : ''}${step.isBusy ? ' busy' : ''}`;
}
