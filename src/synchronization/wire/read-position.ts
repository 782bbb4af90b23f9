import { ProtocolError } from '../../errors/concord-error.ts';
import type { Position } from '../../objects/position.ts';
import { formatPosition, parsePosition } from '../../objects/position.ts';
import { decodeEmi, encodeEmi } from '../../syncml/emi.ts';
import type { Meta } from '../../syncml/meta.ts';
import type { Sync } from '../../syncml/sync.ts';

/** Says with a Sync as of which place of the own log it is read, where no Alert of the same message says it: the log may have grown since the greeting. */
export function metaOfPosition(position: Position): Meta {
  return { emi: encodeEmi({ position: formatPosition(position) }) };
}

/** The place of the sender's log that a Sync is read at; undefined when it does not say. @throws ProtocolError CON-S001 */
export function positionOf(sync: Sync | undefined): Position | undefined {
  const text = decodeEmi(sync?.meta?.emi).get('position');
  if (text === undefined) return undefined;
  const position = parsePosition(text);
  if (position === undefined) throw new ProtocolError('CON-S001', 'The position of a Sync cannot be read');
  return position;
}
