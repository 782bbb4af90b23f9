import type { Readable } from 'node:stream';
import { Readable as ReadableStream } from 'node:stream';
import { TextDecoder } from 'node:util';
import type { InfoField } from 'csv-parse';
import { CsvError, parse } from 'csv-parse';
import { ConcordError, RequestError } from '../../errors/concord-error.ts';
import type { TableRow } from '../../ports/document-files.ts';
import { fileFailure } from './file-failure.ts';

const maxRecordCharacters = 20_000_000;

/** What csv-parse gives with `info`. */
interface Parsed {
  readonly info: { readonly lines: number };
  readonly record: readonly string[];
}

/** The records of a CSV file. @throws RequestError CON-R014 naming the file and the line */
export async function* readTable(octets: Readable, place: string): AsyncGenerator<TableRow> {
  const text = decode(octets, place);
  try {
    const first = await text.next();
    if (first.done === true) return;
    const emptied = new EmptiedCells();
    const parser = parse({
      delimiter: delimiterOf(first.value),
      info: true,
      max_record_size: maxRecordCharacters,
      relax_column_count: true,
      skip_empty_lines: true,
      cast: emptied.notice,
    });
    const source = ReadableStream.from(joined(first.value, text));
    source.on('error', (error) => parser.destroy(error));
    // Holds: with `info` each item is of this form, and without `columns` each record is an array of strings.
    for await (const { info, record } of source.pipe(parser) as AsyncIterable<Parsed>)
      yield { line: info.lines, cells: record, emptied: emptied.take() };
  } catch (cause) {
    if (cause instanceof ConcordError) throw cause;
    if (cause instanceof CsvError) throw new RequestError('CON-R014', `${place}: ${cause.message}`, { cause });
    throw fileFailure(place, cause);
  }
}

/**
 * Notices which cells are `""`, for the parser and ahead of who takes the records. In a table whose header is all quoted it means nothing: many programs quote
 * whatever they write.
 */
class EmptiedCells {
  readonly #ofRecords: number[][] = [];
  #quotesAll = true;

  readonly notice = (cell: string, { quoting, index, records }: InfoField): string => {
    if (index === 0) this.#ofRecords.push([]);
    if (records === 0) this.#quotesAll &&= quoting;
    else if (cell === '' && quoting && !this.#quotesAll) this.#ofRecords.at(-1)?.push(index);
    return cell;
  };

  /** Those of the next record. */
  take(): readonly number[] {
    return this.#ofRecords.shift() ?? [];
  }
}

async function* decode(octets: Readable, place: string): AsyncGenerator<string> {
  let decoder: TextDecoder | undefined;
  try {
    // Holds: a stream of a file without encoding gives buffers.
    for await (const chunk of octets as AsyncIterable<Buffer>) {
      decoder ??= new TextDecoder(chunk[0] === 0xff && chunk[1] === 0xfe ? 'utf-16le' : 'utf-8', { fatal: true });
      const text = decoder.decode(chunk, { stream: true });
      if (text !== '') yield text;
    }
    const rest = decoder?.decode() ?? '';
    if (rest !== '') yield rest;
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw new RequestError('CON-R014', `${place}: it is not UTF-8 (nor UTF-16 with a byte order mark)`, { cause });
  }
}

async function* joined(first: string, rest: AsyncIterable<string>): AsyncGenerator<string> {
  yield first;
  yield* rest;
}

/** Whichever of tab, semicolon and comma the first line has most of, outside quotes; of equally many the rarer one in texts. */
function delimiterOf(text: string): string {
  const [header = ''] = text.replace(/"[^"]*"/g, '').split(/\r?\n/, 1);
  const counted = ['\t', ';', ','].map((delimiter) => ({ delimiter, count: header.split(delimiter).length }));
  return counted.reduce((best, each) => (each.count > best.count ? each : best)).delimiter;
}
