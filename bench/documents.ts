/**
 * The documents that the peer's benchmark makes, value for value, so that both carry the same load: 1,020 octets as JSON there, the same fields as elements here.
 */

import { createHash } from 'node:crypto';

const words = (
  'alpha bravo charlie delta echo foxtrot golf hotel india juliet kilo lima mike november oscar papa quebec romeo sierra tango ' +
  'uniform victor whiskey xray yankee zulu'
).split(' ');
const octetsAsJson = 1020;
const seed = 42 * 1_000_003;

/** One record. `version` and `field3` are what an edit changes. */
export interface BenchRecord {
  readonly id: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** The name of a record by its number. */
export function recordId(number: number): string {
  return `doc-${String(number).padStart(8, '0')}`;
}

/** A record as it is first made. */
export function makeRecord(number: number): BenchRecord {
  const next = mulberry32(seed + number);
  const word = (): string => words[Math.trunc(next() * words.length)] ?? '';
  const price = Math.round(next() * 1e6) / 100;
  const active = next() < 0.5;
  const created = new Date(1.6e12 + number * 1000).toISOString();
  const tags = Array.from({ length: 5 }, word);
  const texts = Array.from({ length: 10 }, () => `${word()}-${Math.trunc(next() * 1e9).toString(36)}`);
  const plain = { type: 'record', n: number, version: 1, price, active, created, tags, body: '' };
  const named = Object.fromEntries(texts.map((text, index) => [`field${index}`, text]));
  const json = { _id: recordId(number), ...plain, ...named };
  const { length } = JSON.stringify(json);
  let body = '';
  while (length + body.length < octetsAsJson) body += `${word()} `;
  const fields = { ...plain, ...named, tags: tags.join(' '), body };
  return {
    id: recordId(number),
    fields: Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, String(value)])),
  };
}

/** A record as somebody has edited it. */
export function editedRecord(number: number, tag: string): BenchRecord {
  const { id, fields } = makeRecord(number);
  return { id, fields: { ...fields, version: '2', field3: `${tag}-${number}` } };
}

/** A record of about the same size that hardly gets shorter. */
export function noiseRecord(number: number): BenchRecord {
  const { id, fields } = makeRecord(number);
  const blocks = Array.from({ length: 12 }, (_, block) =>
    createHash('sha512').update(`${number}.${block}`).digest('base64url'),
  );
  return { id, fields: { type: fields['type'] ?? '', body: blocks.join('') } };
}

/** A record as a document: one element for each field. No value has anything to escape. */
export function documentOf({ fields }: BenchRecord): string {
  const elements = Object.entries(fields).map(([name, value]) => `<${name}>${value}</${name}>`);
  return `<record>${elements.join('')}</record>`;
}

/** Tommy Ettinger's mulberry32: 32 bits of state, good enough to fill fields. */
function mulberry32(start: number): () => number {
  let state = start | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
