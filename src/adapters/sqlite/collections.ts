import type { Gid } from '../../objects/gid.ts';
import type { CollectionNumber } from '../../synchronization/publication.ts';
import type { SqliteDatabase } from './sqlite-database.ts';

// `UNION`, not `UNION ALL`: a cycle in the tree, which should not be, must not become an endless loop.
const allBelow = `WITH RECURSIVE below (gid, seq) AS (
    SELECT gid, seq FROM object WHERE parent = ?
    UNION SELECT o.gid, o.seq FROM below JOIN object AS o ON o.parent = below.gid
  )
  INSERT INTO change (collection, seq, gid, is_member) SELECT ?, seq, gid, 1 FROM below ORDER BY seq`;

/** The collection below a root: the one that is there, or a new one with a change for every object. Runs within a transaction. */
export function openCollection(database: SqliteDatabase, root: Gid): CollectionNumber {
  const known = database.get<{ number: number }>('SELECT number FROM collection WHERE root = ?', root);
  if (known !== undefined) return known.number;
  const number = database.insert('INSERT INTO collection (root) VALUES (?)', root);
  database.run(allBelow, root, number);
  return number;
}

/** Forgets a collection and its log range. Runs within a transaction. */
export function closeCollection(database: SqliteDatabase, collection: CollectionNumber): void {
  database.run('DELETE FROM change WHERE collection = ?', collection);
  database.run('DELETE FROM collection WHERE number = ?', collection);
}
