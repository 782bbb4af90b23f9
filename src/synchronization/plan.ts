import { RequestError } from '../errors/concord-error.ts';
import type { Position } from '../objects/position.ts';
import { formatPosition, parsePosition } from '../objects/position.ts';

/** The positions of both logs that a plan was made on: carried out, it does just what was shown, because neither side has moved (design.md §3). */
export interface PlannedOn {
  readonly subscriber: Position;
  readonly publisher: Position;
}

/** The name of a plan, by which it is carried out later. */
export function nameOfPlan({ subscriber, publisher }: PlannedOn): string {
  return `${formatPosition(subscriber)}:${formatPosition(publisher)}`;
}

/** What the plan with this name was made on. @throws RequestError CON-R008 for what no preview has written */
export function planNamed(name: string): PlannedOn {
  const [subscriber, publisher, ...rest] = name.split(':').map(parsePosition);
  if (subscriber === undefined || publisher === undefined || rest.length > 0)
    throw new RequestError('CON-R008', `“${name}” is not a plan; a preview says what to give`);
  return { subscriber, publisher };
}
