import { ConcordError, RequestError } from '../../errors/concord-error.ts';
import type { KeyPath } from '../../objects/key-path.ts';
import type { Path } from '../../objects/path.ts';
import type { XmlLimits } from '../../xml/limits.ts';

/** By what objects are named and identified. Left out: by file name, member or column `@id` or `id`, or number; and by a new gid. */
export interface ImportKeys {
  readonly keyField?: string | undefined;
  readonly gidField?: string | undefined;
}

/** The same, with the fields as paths into XML documents. */
export interface ReadingKeys extends ImportKeys {
  readonly key: KeyPath | undefined;
  readonly gid: KeyPath | undefined;
  /** What the documents must keep to. */
  readonly limits: XmlLimits;
}

/** One object as the source has it; the document is canonical. `where` names file and line for people. */
export interface ReadObject {
  readonly kind: 'object';
  readonly where: string;
  readonly place: Path;
  readonly id: string;
  readonly gid: string | undefined;
  readonly document: string;
  /** Of the row of a table: its columns. The document has text only, and none for empty cells. */
  readonly columns?: readonly string[];
}

/** What could not be read. `id` is that of the object, where it is known in spite of that. */
export interface ReadFailure {
  readonly kind: 'failure';
  readonly where: string;
  readonly place: Path;
  readonly id: string | undefined;
  readonly cause: ConcordError;
}

/** @throws RequestError CON-R014 that the object has not the field */
export function lacks(field: string | undefined): never {
  throw new RequestError('CON-R014', `It has no ${field ?? 'key'}`);
}

/** The error as one of a document; what is none of a document's is thrown on. */
export function documentFault(cause: unknown): ConcordError {
  if (cause instanceof ConcordError && /^CON-[XUR]/.test(cause.code)) return cause;
  throw cause;
}
