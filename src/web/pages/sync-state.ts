import type { Standing, StandingContext } from '../../use-cases/objects/object-standing.ts';
import type { PageCall } from './page.ts';
import type { Translate } from './text-catalogue.ts';

/** A state as pages show it: word, shape and colour together. */
export interface StateBadge {
  readonly word: string;
  readonly look: 'good' | 'active' | 'wait' | 'warn' | 'bad' | 'plain';
  /** Why, and what to do. */
  readonly why: string;
}

type State = Standing['state'];

/** The one that asks most for attention first. */
const order: readonly State[] = [
  'conflict',
  'refused',
  'waits',
  'not-taken',
  'elsewhere',
  'withheld',
  'to-send',
  'never',
  'left-out',
  'agreed',
];

const looks: Readonly<Record<State, StateBadge['look']>> = {
  conflict: 'warn',
  refused: 'bad',
  waits: 'wait',
  'not-taken': 'wait',
  elsewhere: 'wait',
  withheld: 'wait',
  'to-send': 'active',
  never: 'plain',
  'left-out': 'plain',
  agreed: 'good',
};

/** What a page reads standings with. */
export function standingContext({
  context,
  services,
}: Pick<PageCall<unknown>, 'context' | 'services'>): StandingContext {
  return { store: context.store, query: (text) => services.query(text) };
}

/** The badge of one standing. */
export function stateBadge(t: Translate, standing: Standing): StateBadge {
  const { state } = standing;
  const why = state === 'withheld' ? t(`standing.withheld.${standing.by}`) : t(`standing.${state}.why`);
  const values = standing.state === 'conflict' ? { count: standing.conflicts } : {};
  return { word: t(`standing.${state}`, values), look: looks[state], why };
}

/** The badge of an object towards all its peers: of the standing that asks most for attention. Undefined where no peer is concerned. */
export function worstBadge(t: Translate, standings: readonly Standing[]): StateBadge | undefined {
  const [worst] = standings.toSorted((a, b) => order.indexOf(a.state) - order.indexOf(b.state));
  return worst && stateBadge(t, worst);
}
