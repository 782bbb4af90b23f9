import type { Gid } from '../../objects/gid.ts';
import type { Position } from '../../objects/position.ts';
import type { PeerNumber, Revision } from '../../objects/revision.ts';
import type { Version } from '../../objects/version.ts';
import type {
  Change,
  ChangeRange,
  Collection,
  ObjectReader,
  VersionsOf,
  WantedChanges,
} from '../../ports/object-reader.ts';
import type { CollectionNumber } from '../../synchronization/publication.ts';
import { type RevisionRow, revisionColumns, revisionOf, versionColumns, versionOf } from './revision-rows.ts';
import type { SqliteDatabase } from './sqlite-database.ts';
import { readTurn } from './turn.ts';

type Kind = 'present' | 'gone' | 'all';
type ChangeRow = RevisionRow & MemberRow;

interface MemberRow {
  readonly gid: Gid;
  readonly seq: number;
  readonly is_member: number;
  readonly preceded_by: number | null;
}

// Made once: the connection keeps its statements by their text, and a text that is made anew must be hashed anew.
const newestOf = `SELECT ${revisionColumns} FROM revision AS r WHERE r.gid = ? ORDER BY r.seq DESC LIMIT 1`;

// CROSS JOIN keeps the order. For many objects that are mostly new, as in a first sync, a look-up for each takes four times as long.
const newestOfEach = `SELECT ${revisionColumns} FROM json_each(?) AS wanted
  CROSS JOIN revision AS r ON r.seq = (SELECT max(newest.seq) FROM revision AS newest WHERE newest.gid = wanted.value)`;

const newestOfUpTo = `SELECT ${revisionColumns} FROM revision AS r WHERE r.gid = ? AND r.seq <= ? ORDER BY r.seq DESC LIMIT 1`;

const revisionWith = `SELECT ${revisionColumns} FROM revision AS r WHERE r.seq = ? AND r.gid IS NOT NULL`;

const historyOf = `SELECT ${revisionColumns} FROM revision AS r WHERE r.gid = ? AND r.seq < ? ORDER BY r.seq DESC LIMIT +?`;

const newestFrom = `SELECT ${revisionColumns} FROM revision AS r WHERE r.gid = ? AND r.seq > ? AND r.origin_peer = ? AND r.origin_exact = 1 ORDER BY r.seq DESC LIMIT 1`;

const anyShadow = 'SELECT 1 AS found FROM revision WHERE shadow IS NOT NULL LIMIT 1';

const childrenOf = `SELECT ${versionColumns} FROM object AS o JOIN revision AS r ON r.seq = o.seq WHERE o.parent = ? AND o.id > ? ORDER BY o.id, o.gid LIMIT +?`;

const childrenNamed = `SELECT ${versionColumns} FROM object AS o JOIN revision AS r ON r.seq = o.seq WHERE o.parent = ? AND o.id = ? ORDER BY o.gid`;

// CROSS JOIN keeps the order: SQLite would walk through all children of the parent.
const holdersOf = `SELECT o.id, o.gid FROM json_each(?) AS wanted CROSS JOIN object AS o ON o.parent = ? AND o.id = wanted.value ORDER BY o.id, o.gid`;

const goneFrom = `SELECT ${revisionColumns} FROM revision AS r WHERE r.parent = ? AND r.state IN ('deleted', 'left')
    AND NOT EXISTS (SELECT 1 FROM revision AS later WHERE later.gid = r.gid AND later.seq > r.seq)
  ORDER BY r.seq DESC LIMIT +?`;

// Parameters: collection, after, up to, up to. The later change is looked up for each row of the range: the cost follows the range.
const inRange = `c.collection = ? AND c.seq > ? AND c.seq <= ? AND NOT EXISTS (
  SELECT 1 FROM change AS later INDEXED BY change_of_object WHERE later.collection = c.collection AND later.gid = c.gid AND later.seq > c.seq AND later.seq <= ?)`;

const ofKind = { present: ' AND c.is_member = 1', gone: ' AND c.is_member = 0', all: '' } as const;

const notFromPeer = ' AND (r.origin_peer IS NOT ? OR r.origin_epoch IS NOT ? OR r.origin_exact IS NOT 1)';

// Read with the change, in the index alone: a look-up of its own for each object takes five times as long.
const changeColumns = `c.is_member, (SELECT max(p.seq) FROM revision AS p WHERE p.gid = r.gid AND p.seq < r.seq) AS preceded_by, ${revisionColumns}`;

const changesInRange = (condition: string): string =>
  `SELECT ${changeColumns} FROM change AS c JOIN revision AS r ON r.seq = c.seq WHERE ${inRange}${condition} ORDER BY c.seq LIMIT +?`;

const changesFromAnyone = {
  present: changesInRange(ofKind.present),
  gone: changesInRange(ofKind.gone),
  all: changesInRange(ofKind.all),
};

const changesNotFrom = {
  present: changesInRange(ofKind.present + notFromPeer),
  gone: changesInRange(ofKind.gone + notFromPeer),
  all: changesInRange(ofKind.all + notFromPeer),
};

// Without the hint SQLite walks the range of the collection backwards, so as not to sort.
const changeAt = `SELECT ${changeColumns} FROM change AS c INDEXED BY change_of_object JOIN revision AS r ON r.seq = c.seq
  WHERE c.collection = ? AND c.gid = ? AND c.seq <= ? ORDER BY c.seq DESC LIMIT 1`;

// Parameters: gids, collection, collection, up to.
const eachAt = `json_each(?) AS wanted CROSS JOIN change AS c ON c.collection = ? AND c.seq = (
  SELECT max(newest.seq) FROM change AS newest INDEXED BY change_of_object
    WHERE newest.collection = ? AND newest.gid = wanted.value AND newest.seq <= ?)`;

const changeOfEachAt = `SELECT ${changeColumns} FROM ${eachAt} CROSS JOIN revision AS r ON r.seq = c.seq`;

// A row that is short is read in a third of the time.
const numberOfEachAt = `SELECT c.gid, c.seq, c.is_member,
  (SELECT max(p.seq) FROM revision AS p WHERE p.gid = c.gid AND p.seq < c.seq) AS preceded_by FROM ${eachAt}`;

/** Reads the tree and the log out of a site's file. */
export class SqliteObjectReader implements ObjectReader {
  protected readonly database: SqliteDatabase;

  constructor(database: SqliteDatabase) {
    this.database = database;
  }

  async head(): Promise<Position> {
    return readTurn(this.database).head;
  }

  async positionAt(seq: number): Promise<Position | undefined> {
    if (seq === 0) return { epoch: readTurn(this.database).head.epoch, seq: 0, hash: '' };
    const row = this.database.get<Position>('SELECT epoch, seq, hash FROM revision WHERE seq = ?', seq);
    return row === undefined ? undefined : { epoch: row.epoch, seq: row.seq, hash: row.hash };
  }

  async hasLaterEpoch(): Promise<boolean> {
    return this.database.get('SELECT 1 FROM revision WHERE gid IS NULL LIMIT 1') !== undefined;
  }

  async current(gids: readonly Gid[]): Promise<ReadonlyMap<Gid, Revision>> {
    if (gids.length > 1) {
      const rows = this.database.all<RevisionRow>(newestOfEach, JSON.stringify(gids));
      return new Map(rows.map((row) => [row.gid, revisionOf(row)]));
    }
    return this.#eachOf(gids, (gid) => {
      const row = this.database.get<RevisionRow>(newestOf, gid);
      return row === undefined ? undefined : revisionOf(row);
    });
  }

  async revision(seq: number): Promise<Revision | undefined> {
    return this.#revision(seq);
  }

  async history(
    gid: Gid,
    options: { readonly before?: number; readonly limit?: number } = {},
  ): Promise<readonly Revision[]> {
    const { before = Number.MAX_SAFE_INTEGER, limit = -1 } = options;
    return this.database.all<RevisionRow>(historyOf, gid, before, limit).map(revisionOf);
  }

  async revisionAt(gid: Gid, seq: number): Promise<Revision | undefined> {
    const row = this.database.get<RevisionRow>(newestOfUpTo, gid, seq);
    return row === undefined ? undefined : revisionOf(row);
  }

  async lastFrom(peer: PeerNumber, gid: Gid, after = 0): Promise<Revision | undefined> {
    const row = this.database.get<RevisionRow>(newestFrom, gid, after, peer);
    return row === undefined ? undefined : revisionOf(row);
  }

  async hasShadows(): Promise<boolean> {
    return this.database.get<{ found: number }>(anyShadow) !== undefined;
  }

  async children(
    parent: Gid,
    options: { readonly after?: string; readonly limit?: number } = {},
  ): Promise<readonly Version[]> {
    // Ids are not empty: all of them come after the empty one.
    const { after = '', limit = -1 } = options;
    return this.database.all<RevisionRow>(childrenOf, parent, after, limit).map(versionOf);
  }

  async countChildren(parent: Gid): Promise<number> {
    return (
      this.database.get<{ count: number }>('SELECT count(*) AS count FROM object WHERE parent = ?', parent)?.count ?? 0
    );
  }

  async named(parent: Gid, id: string): Promise<readonly Version[]> {
    return this.database.all<RevisionRow>(childrenNamed, parent, id).map(versionOf);
  }

  async holders(parent: Gid, ids: readonly string[]): Promise<ReadonlyMap<string, readonly Gid[]>> {
    const holders = new Map<string, Gid[]>();
    if (ids.length === 0) return holders;
    const wanted = JSON.stringify([...new Set(ids)]);
    for (const { id, gid } of this.database.all<{ id: string; gid: Gid }>(holdersOf, wanted, parent)) {
      const gids = holders.get(id);
      if (gids === undefined) holders.set(id, [gid]);
      else gids.push(gid);
    }
    return holders;
  }

  async deletedBelow(parent: Gid, limit: number): Promise<readonly Revision[]> {
    return this.database.all<RevisionRow>(goneFrom, parent, limit).map(revisionOf);
  }

  async collections(): Promise<readonly Collection[]> {
    return this.database
      .all<Collection>('SELECT number, root FROM collection ORDER BY number')
      .map(({ number, root }) => ({ number, root }));
  }

  async changes(range: WantedChanges, kind: Kind, limit: number): Promise<readonly Change[]> {
    const { collection, after, upTo, notFrom } = range;
    const rows =
      notFrom === undefined
        ? this.database.all<ChangeRow>(changesFromAnyone[kind], collection, after, upTo, upTo, limit)
        : this.database.all<ChangeRow>(
            changesNotFrom[kind],
            ...[collection, after, upTo, upTo],
            ...valuesOf(notFrom),
            limit,
          );
    return rows.map(changeOf);
  }

  async countChanges(range: ChangeRange, kind: Kind): Promise<number> {
    const { collection, after, upTo } = range;
    const sql = `SELECT count(*) AS count FROM change AS c WHERE ${inRange}${ofKind[kind]}`;
    return this.database.get<{ count: number }>(sql, collection, after, upTo, upTo)?.count ?? 0;
  }

  async firstChangeNotFrom(peer: PeerNumber, { collection, after, upTo }: ChangeRange): Promise<number | undefined> {
    const row = this.database.get<{ seq: number }>(
      `SELECT c.seq FROM change AS c JOIN revision AS r ON r.seq = c.seq
        WHERE ${inRange} AND (r.origin_peer IS NOT ? OR r.origin_exact = 0) ORDER BY c.seq LIMIT 1`,
      ...[collection, after, upTo, upTo, peer],
    );
    return row?.seq;
  }

  async changesAt(collection: CollectionNumber, gids: readonly Gid[], seq: number): Promise<ReadonlyMap<Gid, Change>> {
    const [gid] = gids;
    if (gid === undefined) return new Map();
    const rows =
      gids.length > 1
        ? this.database.all<ChangeRow>(changeOfEachAt, JSON.stringify(gids), collection, collection, seq)
        : this.database.all<ChangeRow>(changeAt, collection, gid, seq);
    return new Map(rows.map((row) => [row.gid, changeOf(row)]));
  }

  async changesOf(
    collection: CollectionNumber,
    atHand: ReadonlyMap<Gid, Revision>,
    seq: number,
  ): Promise<ReadonlyMap<Gid, Change>> {
    const gids = JSON.stringify([...atHand.keys()]);
    return this.database.read(() => {
      const found = new Map<Gid, Change>();
      for (const row of this.database.all<MemberRow>(numberOfEachAt, gids, collection, collection, seq)) {
        const near = atHand.get(row.gid);
        const revision = near?.seq === row.seq ? near : this.#revision(row.seq);
        if (revision !== undefined) found.set(row.gid, changeWith(row, revision));
      }
      return found;
    });
  }

  async aliases(gids: readonly Gid[]): Promise<ReadonlyMap<Gid, Gid>> {
    return this.#eachOf(
      gids,
      (gid) => this.database.get<{ kept: Gid }>('SELECT kept FROM alias WHERE given = ?', gid)?.kept,
    );
  }

  #revision(seq: number): Revision | undefined {
    const row = this.database.get<RevisionRow>(revisionWith, seq);
    return row === undefined ? undefined : revisionOf(row);
  }

  /** One look-up by key for each, all of the same state. */
  #eachOf<Found>(gids: readonly Gid[], find: (gid: Gid) => Found | undefined): ReadonlyMap<Gid, Found> {
    const found = new Map<Gid, Found>();
    const findAll = (): void => {
      for (const gid of gids) {
        const one = find(gid);
        if (one !== undefined) found.set(gid, one);
      }
    };
    // One statement reads one state by itself: a transaction around it would take as long again.
    if (gids.length > 1) this.database.read(findAll);
    else findAll();
    return found;
  }
}

function changeOf(row: ChangeRow): Change {
  return changeWith(row, revisionOf(row));
}

function changeWith(row: MemberRow, revision: Revision): Change {
  return {
    gid: row.gid,
    revision,
    isMember: row.is_member === 1,
    precededBy: row.preceded_by ?? undefined,
  };
}

function valuesOf({ peer, epoch }: VersionsOf): readonly [PeerNumber, string] {
  return [peer, epoch];
}
