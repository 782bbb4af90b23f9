import { ProtocolError } from '../../errors/concord-error.ts';

/** Numbers travel in base 36: they are many, and only Concord reads them. */
export function encodeNumber(value: number): string {
  return value.toString(36);
}

/** @throws ProtocolError CON-S001 for what is no whole number from 0 up, or too large to be kept exactly */
export function decodeNumber(text: string): number {
  const value = /^[0-9a-z]{1,11}$/.test(text) ? parseInt(text, 36) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw new ProtocolError('CON-S001', 'A number of the message cannot be read');
  return value;
}
