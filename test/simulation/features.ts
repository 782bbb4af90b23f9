import type { Mode } from '../../src/synchronization/subscription.ts';
import { Random } from './random.ts';

/** Who subscribes to whom. The first publisher is the root. */
export type Links = readonly (readonly [publisher: string, subscriber: string])[];

/** What a history is made of, and what may happen in it beside edits and syncs. */
export interface Features {
  readonly links: Links;
  /** Of all subscriptions, at first. */
  readonly mode: Mode;
  readonly maxMessageOctets: number;
  /** People do not create more objects than this at a site. */
  readonly most: number;
  readonly steps: number;
  readonly deletes: boolean;
  /** Trees: objects below objects, moved and renamed. */
  readonly moves: boolean;
  /** People settle conflicts, at the publisher and at subscribers. */
  readonly resolves: boolean;
  readonly faults: boolean;
  readonly kills: boolean;
  readonly meanwhile: boolean;
  /** Modes, strategies and policies change. */
  readonly settings: boolean;
  /** The root publishes a part, by a query that changes. */
  readonly query: boolean;
  /** Folders of the root come into that part and leave it, with what is below them. */
  readonly folders: boolean;
  readonly rights: boolean;
  readonly restores: boolean;
  readonly copies: boolean;
  readonly clocks: boolean;
  readonly collects: boolean;
  readonly refreshes: boolean;
  /** Few deletions need permission already. */
  readonly brake: boolean;
  /** Both sides have objects before they meet. */
  readonly firstMeeting: boolean;
  /** Conduits of subscribers lose detail, and are changed. */
  readonly losses: boolean;
  /** Conduits of publishers lose detail. */
  readonly publishersLose: boolean;
  /** The first publisher has many objects that nobody touches. */
  readonly crowd: boolean;
  /** Messages go by mail. */
  readonly mail: boolean;
  /** Messages lie in folders until somebody fetches them. */
  readonly folder: boolean;
  readonly seals: boolean;
  /** There are two publications between the same sites; along a chain the second goes the other way. */
  readonly several: boolean;
  /** Subscribers are taken off a publication, and come back. */
  readonly expels: boolean;
  /** The root makes gids of what objects are called. */
  readonly gids: boolean;
  /** One site takes no large documents, and at the others people write some. */
  readonly narrow: boolean;
  /** Subscribers have objects beside what they subscribe to, of which some have the gids of published ones. */
  readonly strays: boolean;
}

type Name = {
  readonly [Key in keyof Features]: Features[Key] extends boolean ? Key : never;
}[keyof Features];

const names = [
  'deletes',
  'moves',
  'resolves',
  'faults',
  'kills',
  'meanwhile',
  'settings',
  'query',
  'folders',
  'rights',
  'restores',
  'copies',
  'clocks',
  'collects',
  'refreshes',
  'brake',
  'firstMeeting',
  'losses',
  'publishersLose',
  'crowd',
  'mail',
  'folder',
  'seals',
  'several',
  'expels',
  'gids',
  'narrow',
  'strays',
] as const satisfies Name[];

/** The names of what can be switched on. */
export const featureNames: readonly Name[] = names;
export type FeatureName = Name;

const pair: Links = [['P', 'A']];
const chain: Links = [
  ['P', 'H'],
  ['H', 'L'],
];
const shapes: readonly Links[] = [
  pair,
  [...pair, ['P', 'B']],
  pair,
  chain,
  [...pair, ['P', 'B'], ['P', 'C']],
  [...chain, ['H', 'M']],
  [...pair, ...chain],
  [...pair, ['P', 'B']],
  [
    ['P', 'H'],
    ['H', 'J'],
    ['J', 'L'],
  ],
  ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'I'].map((name) => ['P', name] as const),
];

// What goes together ever so often, so that each kind of thing happens, and also nearly alone.
const themes: readonly (readonly Name[])[] = [
  [],
  ['deletes'],
  ['deletes', 'faults', 'meanwhile'],
  ['deletes', 'faults', 'kills', 'meanwhile'],
  ['deletes', 'moves', 'meanwhile'],
  ['deletes', 'moves', 'resolves', 'faults', 'kills', 'meanwhile'],
  ['resolves', 'deletes', 'meanwhile'],
  ['settings'],
  ['settings', 'deletes', 'resolves', 'faults'],
  ['query', 'deletes', 'meanwhile'],
  ['query', 'resolves', 'faults', 'kills'],
  ['restores'],
  ['restores', 'deletes', 'resolves'],
  ['restores', 'deletes', 'faults', 'kills', 'meanwhile'],
  ['restores', 'moves', 'deletes'],
  ['copies', 'deletes'],
  ['clocks', 'settings', 'resolves'],
  ['collects', 'deletes', 'moves', 'faults'],
  ['refreshes', 'deletes'],
  ['brake', 'deletes', 'moves', 'faults'],
  ['firstMeeting', 'moves'],
  ['firstMeeting', 'deletes', 'faults', 'kills'],
  ['rights', 'deletes'],
];

// Beside any theme.
const rarities: readonly (readonly [name: Name, probability: number])[] = [
  ['crowd', 0.02],
  ['mail', 0.04],
  ['folder', 0.03],
  ['seals', 0.03],
  ['several', 0.05],
  ['expels', 0.05],
  ['gids', 0.2],
];

/** What a seed is played with. `only`: instead of what the seed would have. */
export function featuresOf(seed: number, only?: readonly Name[]): Features {
  const random = new Random(seed ^ 0x2545_f491);
  const theme = only ?? themes[seed % themes.length] ?? [];
  const has = new Set<Name>(theme);
  if (only === undefined) for (const name of ['clocks', 'collects'] as const) if (random.chance(0.05)) has.add(name);
  // From a die of its own: what else a seed has stays as it is.
  const losing = new Random(seed ^ 0x10_55e5);
  if (only === undefined && losing.chance(0.15)) has.add('losses');
  if (only === undefined && losing.chance(0.05)) has.add('publishersLose');
  const more = new Random(seed ^ 0xc20d);
  for (const [name, probability] of rarities) if (more.chance(probability) && only === undefined) has.add(name);
  // Objects in several folders are called the same; but what is kept back of a folder shows in the paths below it.
  const keepsBack = has.has('settings') || has.has('rights');
  const turning = new Random(seed ^ 0xf01d);
  if (turning.chance(0.05) && only === undefined && !keepsBack)
    for (const name of ['folders', 'query', 'moves'] as const) has.add(name);
  if (has.has('gids') && only === undefined && !keepsBack) has.add('moves');
  // What is refused shows in the paths below it, as what is kept back does.
  const obstacles = new Random(seed ^ 0x0b57);
  for (const name of ['narrow', 'strays'] as const)
    if (obstacles.chance(0.06) && only === undefined && !has.has('moves')) has.add(name);
  if (has.has('seals') && only === undefined && more.chance(0.8)) has.add(more.chance(0.6) ? 'mail' : 'folder');
  return {
    ...switches(has),
    links: shapes[Math.floor(seed / themes.length) % shapes.length] ?? pair,
    mode: 'two-way',
    maxMessageOctets: random.chance(0.2) && !has.has('narrow') ? 8_000 : 1_000_000,
    most: random.chance(0.1) ? 14 : 6,
    steps: 4 + random.below(26),
  };
}

function switches(has: ReadonlySet<Name>): Record<Name, boolean> {
  // What says that an edit was overruled by a setting is in histories, which garbage collection takes.
  const needsHistories = has.has('settings') || has.has('refreshes') || has.has('rights') || has.has('publishersLose');
  // What is copied is an installation with one subscription, that is told at once that there are two of it.
  const copiesPlainly = has.has('copies') && !has.has('mail') && !has.has('folder') && !has.has('several');
  const isOn = (name: Name): boolean =>
    (has.has(name) || (name === 'gids' && has.has('strays'))) &&
    !(name === 'collects' && needsHistories) &&
    !(name === 'copies' && !copiesPlainly) &&
    !((name === 'narrow' || name === 'strays') && (has.has('moves') || has.has('copies'))) &&
    !(name === 'folders' && !(has.has('query') && has.has('moves'))) &&
    !(name === 'folder' && has.has('mail'));
  // Each of `names` is a key, and no other is.
  return Object.fromEntries(names.map((name) => [name, isOn(name)])) as Record<Name, boolean>;
}
