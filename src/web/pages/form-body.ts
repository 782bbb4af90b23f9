import type { Request } from 'express';
import { RequestError } from '../../errors/concord-error.ts';
import { mediaTypeOf } from '../body-reader.ts';
import { readBody } from '../request-body.ts';

/** A file that came with a form: its name as the browser gives it, folders of a whole folder included. */
export interface UploadedFile {
  readonly field: string;
  readonly name: string;
  readonly octets: Uint8Array;
}

/** What a form sent. */
export interface SentForm {
  /** The last value of each field. */
  readonly values: Readonly<Record<string, string>>;
  /** All values of a field, of a group of check boxes for example. */
  readonly all: (name: string) => readonly string[];
  readonly files: readonly UploadedFile[];
}

/** What a browser sends forms as. */
export const formTypes = ['application/x-www-form-urlencoded', 'multipart/form-data'] as const;

const maxParts = 20_000;
const maxPartHeaderOctets = 16_384;

/**
 * Reads the form that a request brings, bounded before it is read.
 * @throws RequestError CON-W003 too large, CON-W004 no form, CON-W008 cut off, CON-R008 damaged
 */
export async function readForm(request: Request, maxOctets: number): Promise<SentForm> {
  const type = mediaTypeOf(request);
  if (!formTypes.some((known) => known === type))
    throw new RequestError('CON-W004', `“${type}” is not what a form sends: ${formTypes.join(' or ')}`);
  if (Number(request.headers['content-length'] ?? 0) > maxOctets)
    throw new RequestError('CON-W003', `What was sent has more than ${maxOctets} octets`);
  const octets = await readBody(request, maxOctets);
  return type === 'multipart/form-data' ? readParts(request, octets) : urlEncoded(octets);
}

function urlEncoded(octets: Uint8Array): SentForm {
  return sentForm([...new URLSearchParams(Buffer.from(octets).toString('utf8'))], []);
}

function sentForm(pairs: readonly (readonly [string, string])[], files: readonly UploadedFile[]): SentForm {
  // A browser sends line ends as CR LF, whatever was typed.
  const normal = pairs.map(([name, value]) => [name, value.replaceAll('\r\n', '\n')] as const);
  return {
    values: Object.fromEntries(normal),
    all: (name) => normal.filter(([each]) => each === name).map(([, value]) => value),
    files,
  };
}

function readParts(request: Request, body: Uint8Array): SentForm {
  const boundary = /boundary=(?:"([^"]{1,70})"|([^\s;]{1,70}))/i.exec(request.headers['content-type'] ?? '');
  const mark = boundary?.[1] ?? boundary?.[2];
  if (mark === undefined) throw new RequestError('CON-R008', 'The form does not say where its parts end');
  const pairs: [string, string][] = [];
  const files: UploadedFile[] = [];
  for (const { header, content } of partsOf(Buffer.from(body), mark)) {
    const field = parameter(header, 'name');
    if (field === undefined) continue;
    const name = parameter(header, 'filename');
    if (name === undefined) pairs.push([field, content.toString('utf8')]);
    // A file field that nothing was chosen for comes as a file without name.
    else if (name !== '') files.push({ field, name, octets: content });
  }
  return sentForm(pairs, files);
}

function* partsOf(body: Buffer, mark: string): Iterable<{ readonly header: string; readonly content: Buffer }> {
  const delimiter = Buffer.from(`--${mark}`);
  let at = body.indexOf(delimiter);
  for (let parts = 0; at !== -1; parts++) {
    if (parts > maxParts) throw new RequestError('CON-R008', `A form can bring at most ${maxParts} files at once`);
    const start = at + delimiter.length;
    if (body.subarray(start, start + 2).toString('latin1') === '--') return;
    const headerEnd = body.indexOf('\r\n\r\n', start);
    const next = body.indexOf(Buffer.concat([Buffer.from('\r\n'), delimiter]), start);
    if (headerEnd === -1 || next === -1 || headerEnd > next || headerEnd - start > maxPartHeaderOctets)
      throw new RequestError('CON-R008', 'The form is damaged: a part of it has no end');
    yield { header: body.subarray(start, headerEnd).toString('utf8'), content: body.subarray(headerEnd + 4, next) };
    at = next + 2;
  }
}

/** A parameter of Content-Disposition, as browsers write it: quotation marks and line ends in a name are percent-escaped (HTML, 4.10.21.8). */
function parameter(header: string, name: string): string | undefined {
  const disposition = header.split('\r\n').find((line) => /^content-disposition:/i.test(line)) ?? '';
  const value = new RegExp(`[;\\s]${name}="([^"]*)"`, 'i').exec(disposition)?.[1];
  return value?.replace(/%(0D|0A|22)/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}
