import type { CarrierNews, CarrierNote, CarrierNotes, Trouble } from '../../ports/carrier-notes.ts';
import type { MongoRows, Row } from './mongo-rows.ts';

/** What is known of a way; the key is what it is about. Each fact is set alone, because several processes send and receive at a time. */
export interface CarrierRow extends Row {
  readonly lastSentAt?: number;
  readonly lastReceivedAt?: number;
  readonly trouble?: Trouble | null;
}

/** Notes on ways that carry messages, in MongoDB. */
export class MongoCarrierNotes implements CarrierNotes {
  readonly #rows: MongoRows<CarrierRow>;

  constructor(rows: MongoRows<CarrierRow>) {
    this.#rows = rows;
  }

  async notes(): Promise<ReadonlyMap<string, CarrierNote>> {
    return new Map((await this.#rows.find({})).map((row) => [row._id, noteOf(row)] as const));
  }

  async note(about: string, news: CarrierNews): Promise<void> {
    const facts = Object.fromEntries(Object.entries(news).filter(([, value]) => value !== undefined));
    if (await this.#rows.setOne(about, facts)) return;
    // Another process may have made the row meanwhile.
    if (!(await this.#rows.claim({ _id: about, ...facts }))) await this.#rows.setOne(about, facts);
  }

  async forget(about: string): Promise<void> {
    await this.#rows.remove({ _id: about });
  }
}

function noteOf({ lastSentAt, lastReceivedAt, trouble }: CarrierRow): CarrierNote {
  return {
    ...(lastSentAt === undefined ? {} : { lastSentAt }),
    ...(lastReceivedAt === undefined ? {} : { lastReceivedAt }),
    ...(trouble === undefined || trouble === null ? {} : { trouble }),
  };
}
