import type { SqliteDatabase } from './sqlite-database.ts';

const current = 'installation';

/** While it is set, a directory is becoming an installation of its own: the ids that it was to get, of which the files of some sites may be already. */
const wanted = 'installation to be';

/** The settings of the file that is common to the sites. */
export function readSetting(database: SqliteDatabase, name: string): string | undefined {
  return database.get<{ value: string }>('SELECT value FROM setting WHERE name = ?', name)?.value;
}

/** Sets one of them. */
export function saveSetting(database: SqliteDatabase, name: string, value: string): void {
  database.run('INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)', name, value);
}

/** The id of the installation, made where there is none. Nothing is written where there is nothing to write: the disk may be full. */
export function identityOf(database: SqliteDatabase, random: () => string): string {
  if (readSetting(database, current) === undefined)
    database.run('INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING', current, random());
  return readSetting(database, current) ?? '';
}

/** What the files of its sites may say: its id and, where that is to be another, those that it was to get. */
export function knownIdentities(database: SqliteDatabase): readonly [string, ...string[]] {
  return [readSetting(database, current) ?? '', ...wantedIdentities(database)];
}

/** The id that the installation gets. Not that of a try which was cut off: the directory may have been copied since. */
export function beginIdentity(database: SqliteDatabase, random: () => string): string {
  const id = random();
  saveSetting(database, wanted, [...wantedIdentities(database), id].join(' '));
  return id;
}

/** From now on it has that id, and no other. */
export function endIdentity(database: SqliteDatabase, id: string): void {
  saveSetting(database, current, id);
  database.run('DELETE FROM setting WHERE name = ?', wanted);
}

function wantedIdentities(database: SqliteDatabase): readonly string[] {
  return readSetting(database, wanted)?.split(' ') ?? [];
}
