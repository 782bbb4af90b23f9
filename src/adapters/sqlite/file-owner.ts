import { StoreError } from '../../errors/concord-error.ts';
import type { SqliteDatabase } from './sqlite-database.ts';

interface OwnerRow {
  readonly id: string;
  readonly installation: string | null;
}

/** What the file of a site has to be of. */
export interface FileOwner {
  readonly site: string;
  /** The ids that stand for the installation, its own first; undefined where the file of any is taken. */
  readonly installations: readonly [string, ...string[]] | undefined;
}

/**
 * Closes the file, and refuses it, when it was brought from elsewhere: it would show its site under another's name, and be taken for that by the peers. One
 * that is new, or that no version has written which knows installations, says nothing.
 * @throws StoreError CON-D010 when it is that of another site, CON-D012 when it is that of another installation
 */
export function refuseFileOfAnother(database: SqliteDatabase, { site, installations }: FileOwner): void {
  const row = database.get<OwnerRow>('SELECT id, installation FROM site');
  if (row === undefined) return;
  if (row.id !== site) {
    database.close();
    throw new StoreError(
      'CON-D010',
      `${database.file} is the file of the site “${row.id}”: put that of “${site}” there`,
    );
  }
  if (row.installation === null || installations === undefined || installations.includes(row.installation)) return;
  database.close();
  const [own] = installations;
  throw new StoreError(
    'CON-D012',
    `${database.file} is the file of the site “${site}” of the installation ${row.installation}, and not of this one, ${own}`,
  );
}

/** Lets a file that says nothing be of this installation. What cannot be written now, as on a full disk, is left to whoever opens it next. */
export function adoptFile(database: SqliteDatabase, installation: string): void {
  if (database.get<OwnerRow>('SELECT id, installation FROM site')?.installation !== null) return;
  try {
    database.run('UPDATE site SET installation = ? WHERE installation IS NULL', installation);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
  }
}

/** Lets a file be of this installation, whosever it was; a power cut does not undo it. */
export function takeFileOver(database: SqliteDatabase, installation: string): void {
  database.writeThrough(() => database.run('UPDATE site SET installation = ?', installation));
}
