/** The names from the top of a source or target down to a file or folder. */
export type FilePath = readonly string[];

/** One entry of a folder. */
export interface FileEntry {
  readonly name: string;
  /** `other`: a symbolic link, a device or the like, which is never opened. */
  readonly kind: 'file' | 'folder' | 'other';
  /** A file that was given by name, not found in a folder: it is taken whatever its extension. */
  readonly isNamed: boolean;
}

/** One record of a table. */
export interface TableRow {
  /** The line of the file on which it ends, counted from 1. */
  readonly line: number;
  readonly cells: readonly string[];
  /** Which cells are written as an empty text (`""`) and not left empty; none in a table that quotes all its cells. */
  readonly emptied: readonly number[];
}

/** Files and folders that documents are read from. Nothing outside is ever opened: symbolic links are not followed. */
export interface DocumentSource {
  /** The entries of a folder, by name in code unit order; hidden ones (`.…`) are left out. @throws RequestError CON-R014 when it cannot be read */
  list(folder: FilePath): Promise<readonly FileEntry[]>;
  /** A whole file. @throws RequestError CON-R014 when it cannot be read, or has more octets than this */
  read(file: FilePath, maxOctets: number): Promise<Uint8Array>;
  /**
   * The records of a CSV file, the header among them, a few at a time: UTF-8, or UTF-16 with a byte order mark; comma, semicolon or tab as the first line has it.
   * Empty lines are left out. @throws RequestError CON-R014 with the line, when it cannot be read any further
   */
  readTable(file: FilePath): AsyncIterable<TableRow>;
}

/** Files that documents are written to, all below one folder, or one single file. What stands there is replaced at once, when the new file is complete. */
export interface DocumentTarget {
  readonly kind: 'folder' | 'file';
  /** Its name, for the extension. */
  readonly name: string;
  /** The entries of a folder, hidden ones left out. @throws RequestError CON-R014 when it cannot be read */
  list(folder: FilePath): Promise<readonly FileEntry[]>;
  /** Takes a file away, or a folder that is empty; false where the folder is not. @throws RequestError CON-R014 when it cannot be done */
  remove(path: FilePath, kind: 'file' | 'folder'): Promise<boolean>;
  /** Makes a folder and those above it. @throws RequestError CON-R008 where one of them is a file or a symbolic link */
  makeFolder(folder: FilePath): Promise<void>;
  /** Writes a file in UTF-8; in a target that is a file, the empty path. Its folder must have been made. */
  write(file: FilePath, text: string | AsyncIterable<string>): Promise<void>;
  /** Writes a CSV file with commas and CRLF; an undefined cell is left empty, an empty text is `""`. */
  writeTable(file: FilePath, rows: AsyncIterable<readonly (string | undefined)[]>): Promise<void>;
}
