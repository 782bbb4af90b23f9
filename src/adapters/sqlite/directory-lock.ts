import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { StoreError } from '../../errors/concord-error.ts';
import { translateDriverError } from './driver-errors.ts';
import { lockMigrations } from './installation-schema.ts';
import { SqliteDatabase } from './sqlite-database.ts';

/** The file in a data directory that is locked; it says nothing else. */
export const lockFile = 'lock.sqlite';

const patienceMs = 200;

/**
 * Holds a data directory until disposed of, or until the process ends, however it ends: the system keeps the lock. Several servers may hold it together;
 * `maintenance` (restore, upgrade) is alone.
 * @throws StoreError CON-D001 (`later`) when others hold it in a way that excludes this; CON-D006 when it cannot be made, or is no directory
 */
export async function holdDirectory(directory: string, kind: 'server' | 'maintenance'): Promise<AsyncDisposable> {
  await makeDirectory(directory);
  const database = openLock(directory);
  try {
    takeLock(database, kind);
  } catch (cause) {
    database.close();
    if (cause instanceof StoreError && cause.code === 'CON-D001') throw heldByOthers(directory, cause);
    throw cause;
  }
  return {
    [Symbol.asyncDispose]: async (): Promise<void> => {
      database.close();
    },
  };
}

async function makeDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw translateDriverError(cause, directory);
  }
}

/** Whether anybody holds the directory. */
export async function isHeld(directory: string): Promise<boolean> {
  if (!existsSync(join(directory, lockFile))) return false;
  const database = openLock(directory);
  try {
    takeLock(database, 'maintenance');
    return false;
  } catch (error) {
    if (error instanceof StoreError && error.code === 'CON-D001') return true;
    throw error;
  } finally {
    database.close();
  }
}

function openLock(directory: string): SqliteDatabase {
  return new SqliteDatabase(join(directory, lockFile), lockMigrations, {
    journal: 'rollback',
    busyTimeoutMs: patienceMs,
  });
}

function takeLock(database: SqliteDatabase, kind: 'server' | 'maintenance'): void {
  if (kind === 'maintenance') {
    database.execute('BEGIN EXCLUSIVE');
    return;
  }
  // A transaction that has read something keeps the shared lock until it ends.
  database.execute('BEGIN');
  database.get('SELECT count(*) FROM lock');
}

function heldByOthers(directory: string, cause: StoreError): StoreError {
  return new StoreError('CON-D001', `${directory} is in use by a running server or by maintenance. Stop it first`, {
    cause,
    retry: 'later',
  });
}
