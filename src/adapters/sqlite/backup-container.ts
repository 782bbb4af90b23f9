import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { StoreError } from '../../errors/concord-error.ts';
import { type Migrations, SqliteDatabase } from './sqlite-database.ts';

const chunkOctets = 1 << 20;
const compress = promisify(gzip);
const decompress = promisify(gunzip);

/**
 * A backup is one SQLite file with the files of a data directory in it, cut into compressed chunks: it can be written and read in little memory, it says
 * itself when it is damaged, and any SQLite can look into it.
 */
const containerMigrations: Migrations = [
  `
CREATE TABLE file (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, octets INTEGER NOT NULL, sha256 TEXT NOT NULL) STRICT;
CREATE TABLE chunk (file INTEGER NOT NULL REFERENCES file, number INTEGER NOT NULL, gzip BLOB NOT NULL, PRIMARY KEY (file, number)) STRICT;
`,
];

/** A file in a container. */
export interface PackedFile {
  readonly number: number;
  readonly name: string;
  readonly octets: number;
  readonly sha256: string;
}

/** Opens a container. @throws StoreError CON-D004 when the file is missing or none, CON-D003 when a newer version wrote it */
export function openContainer(file: string, mode: 'new' | 'existing'): SqliteDatabase {
  return new SqliteDatabase(file, containerMigrations, {
    journal: 'rollback',
    flush: 'full',
    mayCreate: mode === 'new',
  });
}

/** The files in a container. */
export function packedFiles(container: SqliteDatabase): readonly PackedFile[] {
  return container.all<PackedFile>('SELECT number, name, octets, sha256 FROM file ORDER BY number');
}

/** Puts a file into the container under a name. */
export async function packFile(container: SqliteDatabase, name: string, path: string): Promise<void> {
  const digest = createHash('sha256');
  const number = container.insert("INSERT INTO file (name, octets, sha256) VALUES (?, 0, '')", name);
  let octets = 0;
  let chunk = 0;
  for await (const part of createReadStream(path, { highWaterMark: chunkOctets })) {
    // Holds: a stream without an encoding gives buffers.
    const bytes = part as Buffer;
    digest.update(bytes);
    octets += bytes.length;
    const packed = await compress(bytes, { level: 1 });
    container.run('INSERT INTO chunk (file, number, gzip) VALUES (?, ?, ?)', number, chunk++, packed);
  }
  container.run('UPDATE file SET octets = ?, sha256 = ? WHERE number = ?', octets, digest.digest('hex'), number);
}

/** Takes a file out of the container, readable by its owner only. @throws StoreError CON-D004 when it is not what was put in */
export async function unpackFile(container: SqliteDatabase, file: PackedFile, path: string): Promise<void> {
  const digest = createHash('sha256');
  const target = await open(path, 'wx', 0o600);
  try {
    for (let chunk = 0; ; chunk++) {
      const row = container.get<{ gzip: Uint8Array }>(
        'SELECT gzip FROM chunk WHERE file = ? AND number = ?',
        file.number,
        chunk,
      );
      if (row === undefined) break;
      const bytes = await decompress(row.gzip, { maxOutputLength: chunkOctets }).catch((cause: unknown) => {
        throw damaged(container, file, cause);
      });
      digest.update(bytes);
      await target.writeFile(bytes);
    }
    await target.sync();
  } finally {
    await target.close();
  }
  if (digest.digest('hex') !== file.sha256) throw damaged(container, file);
}

function damaged(container: SqliteDatabase, file: PackedFile, cause?: unknown): StoreError {
  return new StoreError('CON-D004', `The backup ${container.file} is damaged in ${file.name}`, { cause });
}
