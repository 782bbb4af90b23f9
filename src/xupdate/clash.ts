import type { XmlDocument, XmlNode } from '../xml/tree.ts';
import type { Place } from './place-steps.ts';
import { ChildSteps, gapStep, joinSteps } from './place-steps.ts';

/** One field that both sides changed differently. A value that is not there on a side is not there here. */
export interface Clash {
  /** Where it is in the merged document, in which the publisher's value stands. */
  readonly place: Place;
  readonly base?: string;
  readonly publisher?: string;
  readonly incoming?: string;
}

/** The values of a clash. */
export type ClashValues = Omit<Clash, 'place'>;

/** A clash whose place is not yet known: the way down from where it was found, by child indexes of the merged tree. */
export interface FoundClash {
  readonly trail: readonly number[];
  /** What is behind the trail: a field of the element there, the node there itself, or a node missing in front of the last index. */
  readonly end:
    | { readonly kind: 'field'; readonly step: string }
    | { readonly kind: 'node' }
    | { readonly kind: 'missing'; readonly node: XmlNode };
  readonly values: ClashValues;
}

/** The values, without those that are not there. */
export function clashValues(
  base: string | undefined,
  publisher: string | undefined,
  incoming: string | undefined,
): ClashValues {
  return {
    ...(base === undefined ? {} : { base }),
    ...(publisher === undefined ? {} : { publisher }),
    ...(incoming === undefined ? {} : { incoming }),
  };
}

/** The clash seen from one level higher. */
export function below(index: number, clash: FoundClash): FoundClash {
  return { ...clash, trail: [index, ...clash.trail] };
}

/** The clashes with their places in the merged document. */
export function locateClashes(document: XmlDocument, found: readonly FoundClash[]): readonly Clash[] {
  const tables = new Map<readonly XmlNode[], ChildSteps>();
  const stepsOf = (siblings: readonly XmlNode[]): ChildSteps => {
    let table = tables.get(siblings);
    if (table === undefined) tables.set(siblings, (table = new ChildSteps(siblings)));
    return table;
  };
  return found.map(({ trail, end, values }) => {
    const steps: string[] = [];
    let siblings: readonly XmlNode[] = document.children;
    trail.forEach((index, depth) => {
      const table = stepsOf(siblings);
      if (end.kind === 'missing' && depth === trail.length - 1) {
        steps.push(table.toMissing(end.node) ?? gapStep(index));
        return;
      }
      steps.push(table.to(index));
      const child = siblings[index];
      siblings = child?.kind === 'element' ? child.children : [];
    });
    if (end.kind === 'field') steps.push(end.step);
    return { place: joinSteps(steps), ...values };
  });
}
