import type { Session, SessionFilter, SessionStore } from '../../ports/session-store.ts';
import type { MongoRows, Row } from './mongo-rows.ts';

/** Who has signed in; the key is the session's name. */
export interface SessionRow extends Row, Omit<Session, 'id'> {}

/** The sessions of an installation, in MongoDB. */
export class MongoSessionStore implements SessionStore {
  readonly #rows: MongoRows<SessionRow>;

  constructor(rows: MongoRows<SessionRow>) {
    this.#rows = rows;
  }

  async saveSession({ id, ...rest }: Session): Promise<void> {
    await this.#rows.put({ _id: id, ...rest });
  }

  async sessionOf(secretHash: string): Promise<Session | undefined> {
    const [row] = await this.#rows.find({ secretHash });
    return row === undefined ? undefined : sessionOf(row);
  }

  async sessions({ site, account }: SessionFilter = {}): Promise<readonly Session[]> {
    const filter = { ...(site === undefined ? {} : { site }), ...(account === undefined ? {} : { account }) };
    return (await this.#rows.find(filter, { sort: { seenAt: -1, _id: 1 } })).map(sessionOf);
  }

  async touchSession(id: string, seenAt: number): Promise<void> {
    await this.#rows.setOne(id, { seenAt });
  }

  async markSession(id: string, passwordMark: string): Promise<boolean> {
    return this.#rows.setOne(id, { passwordMark });
  }

  async endSession(id: string): Promise<boolean> {
    return (await this.#rows.remove({ _id: id })) > 0;
  }

  async endSessionsBefore({
    seenAt,
    createdAt,
  }: {
    readonly seenAt: number;
    readonly createdAt: number;
  }): Promise<number> {
    return this.#rows.remove({ $or: [{ seenAt: { $lt: seenAt } }, { createdAt: { $lt: createdAt } }] });
  }
}

function sessionOf({ _id, ...session }: SessionRow): Session {
  return { id: _id, ...session };
}
