import { ProtocolError } from '../../errors/concord-error.ts';
import type { Edit, Edits, Field, FieldEdit, OverruledEdit } from '../../objects/edit.ts';
import { withOverruled } from '../../objects/edit.ts';
import type { Gid } from '../../objects/gid.ts';
import { parseGid } from '../../objects/gid.ts';
import type { EmiEntries } from '../../syncml/emi.ts';
import { encodeEmi } from '../../syncml/emi.ts';
import { parseDigest } from '../../xml/digest.ts';
import type { Digest } from '../../xml/digest.ts';
import type { Base } from '../change.ts';
import { decodeNumber, encodeNumber } from './numbers.ts';

/**
 * The short names of what travels with an item in Meta/EMI (engine.md §12): n number, b base digest, p base position, s position that the maker had (ADR 0038),
 * r result digest, t time, a author and e id of the main edit, f edits of single fields, u overruled edits (ADR 0041), y type, c conflicts closed, d document digest, k conduit key, g was agreed,
 * q digest of what is equivalent to the result, l has left (ADR 0031), o digests of what it came over (ADR 0039), x gid that it has now (ADR 0045). Long lists travel elsewhere (`withListsInData`).
 */
export interface ChangeTokens {
  readonly number: number;
  readonly base?: Base | undefined;
  readonly result?: Digest;
  readonly edits?: Edits;
  readonly type?: string | undefined;
  readonly closes?: readonly string[];
  readonly documentDigest?: Digest;
  readonly key?: string | undefined;
  readonly wasAgreed?: boolean;
  readonly equivalent?: Digest | undefined;
  readonly hasLeft?: true | undefined;
  readonly over?: readonly Digest[] | undefined;
  readonly knownAs?: Gid | undefined;
}

/** A change names no more versions that it came over. */
export const mostOver = 8;

/** `epoch` is that of the sender: an edit made there needs no id of its own, its number says it. */
export function encodeChangeTokens(tokens: ChangeTokens, epoch: string): readonly string[] {
  const { base, edits } = tokens;
  const main = edits?.main;
  return encodeEmi({
    n: encodeNumber(tokens.number),
    b: base?.digest,
    p: base && encodeNumber(base.position),
    s: base?.seen === undefined ? undefined : encodeNumber(base.seen),
    r: tokens.result,
    t: main && encodeNumber(Math.max(0, main.at)),
    a: main?.by,
    e: main === undefined || main.id === ownEdit(epoch, tokens.number) ? undefined : main.id,
    f: encodeFieldEdits(edits?.others),
    u: encodeOverruled(edits?.overruled),
    y: tokens.type,
    c: tokens.closes === undefined || tokens.closes.length === 0 ? undefined : tokens.closes.join(','),
    d: tokens.documentDigest,
    k: tokens.key,
    g: tokens.wasAgreed === true ? '1' : undefined,
    q: tokens.equivalent,
    l: tokens.hasLeft === true ? '1' : undefined,
    o: tokens.over?.join(','),
    x: tokens.knownAs,
  });
}

/** @throws ProtocolError CON-S001 for tokens that cannot be read */
export function decodeChangeTokens(emi: EmiEntries, epoch: string): ChangeTokens {
  const number = decodeNumber(emi.get('n') ?? '');
  const digest = readDigest(emi, 'b');
  const result = readDigest(emi, 'r');
  const documentDigest = readDigest(emi, 'd');
  const equivalent = readDigest(emi, 'q');
  const closes = emi.get('c');
  return {
    number,
    ...(digest !== undefined && { base: readBase(emi, digest) }),
    ...(result !== undefined && { result }),
    ...(emi.has('t') && { edits: readEdits(emi, ownEdit(epoch, number)) }),
    type: emi.get('y'),
    closes: closes === undefined ? [] : closes.split(','),
    ...(documentDigest !== undefined && { documentDigest }),
    key: emi.get('k'),
    wasAgreed: emi.get('g') === '1',
    ...(equivalent !== undefined && { equivalent }),
    ...(emi.get('l') === '1' && { hasLeft: true }),
    ...(emi.has('o') && { over: readOver(emi.get('o') ?? '') }),
    knownAs: parseGid(emi.get('x') ?? ''),
  };
}

function readBase(emi: EmiEntries, digest: Digest): Base {
  const position = decodeNumber(emi.get('p') ?? '0');
  const seen = emi.get('s');
  return seen === undefined ? { digest, position } : { digest, position, seen: decodeNumber(seen) };
}

function ownEdit(epoch: string, number: number): string {
  return `${epoch}:${String(number)}`;
}

function encodeFieldEdits(edits: readonly FieldEdit[] = []): string | undefined {
  return edits.length === 0 ? undefined : JSON.stringify(edits.map(fieldTuple));
}

function encodeOverruled(edits: readonly OverruledEdit[] = []): string | undefined {
  return edits.length === 0 ? undefined : JSON.stringify(edits.map(overruledTuple));
}

type FieldTuple = readonly [field: string, id: string, at: number, by: string];
/** `value`: what it had set, null where that is nothing, and the edit that stands instead. */
type OverruledTuple = readonly [...FieldTuple, value?: string | null, over?: EditTuple];
type EditTuple = readonly [id: string, at: number, by: string];

function overruledTuple({ lost, ...edit }: OverruledEdit): OverruledTuple {
  if (lost === undefined) return fieldTuple(edit);
  return [...fieldTuple(edit), lost.value ?? null, [lost.by.id, lost.by.at, lost.by.by]];
}

function fieldTuple({ field, id, at, by }: FieldEdit): FieldTuple {
  return [field, id, at, by];
}

/** Edits by themselves, apart from a change. */
export function encodeEdits(edits: Edits | undefined): Readonly<Record<string, string | undefined>> {
  if (edits === undefined) return {};
  const { main, others } = edits;
  return { t: encodeNumber(Math.max(0, main.at)), a: main.by, e: main.id, f: encodeFieldEdits(others) };
}

/** Those that `encodeEdits` has written; undefined: none. @throws ProtocolError CON-S001 for tokens that cannot be read */
export function decodeEdits(emi: EmiEntries): Edits | undefined {
  const id = emi.get('e');
  return id === undefined ? undefined : readEdits(emi, id);
}

function readEdits(emi: EmiEntries, ownId: string): Edits {
  const main: Edit = {
    id: emi.get('e') ?? ownId,
    at: decodeNumber(emi.get('t') ?? ''),
    by: emi.get('a') ?? '',
  };
  const others = readTuples(emi.get('f'), isFieldTuple).map(fieldEditOf);
  return withOverruled({ main, others }, readTuples(emi.get('u'), isOverruledTuple).map(overruledEditOf));
}

function readTuples<Tuple>(text: string | undefined, isTuple: (value: unknown) => value is Tuple): readonly Tuple[] {
  if (text === undefined) return [];
  let tuples: unknown;
  try {
    tuples = JSON.parse(text);
  } catch (cause) {
    throw new ProtocolError('CON-S001', 'The edits of a change cannot be read', { cause });
  }
  if (!Array.isArray(tuples) || !tuples.every(isTuple))
    throw new ProtocolError('CON-S001', 'The edits of a change cannot be read');
  return tuples;
}

function fieldEditOf([field, id, at, by]: FieldTuple): FieldEdit {
  // Any text can stand as a field: one that is none of ours never matches.
  return { field: field as Field, id, at, by };
}

function overruledEditOf([field, id, at, by, value, over]: OverruledTuple): OverruledEdit {
  const edit = fieldEditOf([field, id, at, by]);
  if (value === undefined || over === undefined) return edit;
  return { ...edit, lost: { value: value ?? undefined, by: { id: over[0], at: over[1], by: over[2] } } };
}

function isFieldTuple(value: unknown): value is FieldTuple {
  if (!Array.isArray(value) || value.length !== 4) return false;
  // An array of whatever: each part is checked.
  const [field, id, at, by] = value as readonly unknown[];
  return typeof field === 'string' && typeof id === 'string' && typeof at === 'number' && typeof by === 'string';
}

function isOverruledTuple(value: unknown): value is OverruledTuple {
  if (!Array.isArray(value)) return false;
  // An array of whatever: each part is checked.
  const [set, over, ...more] = value.slice(4) as readonly unknown[];
  if (!isFieldTuple(value.slice(0, 4)) || more.length > 0) return false;
  if (set === undefined && over === undefined) return true;
  return (set === null || typeof set === 'string') && Array.isArray(over) && isFieldTuple(['', ...(over as unknown[])]);
}

/** However many a peer names: each is looked for in the history of its object. */
function readOver(text: string): readonly Digest[] {
  return text.split(',', mostOver).flatMap((digest) => parseDigest(digest) ?? []);
}

function readDigest(emi: EmiEntries, key: string): Digest | undefined {
  const text = emi.get(key);
  if (text === undefined) return undefined;
  const digest = parseDigest(text);
  if (digest === undefined) throw new ProtocolError('CON-S001', 'A digest of the message cannot be read');
  return digest;
}
