import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pack, unpack } from '../../../src/adapters/sqlite/packed-rows.ts';
import { keptRecord, subscriberOf } from '../../../src/adapters/sqlite/peer-rows.ts';
import type { Checkpoint } from '../../../src/synchronization/checkpoint.ts';
import type { Subscriber } from '../../../src/synchronization/subscriber.ts';
import { newSubscriberState } from '../../../src/synchronization/subscriber.ts';
import { defaultTerms } from '../../../src/synchronization/subscription.ts';

const random = (): string => randomBytes(16).toString('base64url');
const [there, here] = [random(), random()];

function checkpoint(seq: number): Checkpoint {
  const position = (epoch: string): Checkpoint['publisher'] => ({ epoch, seq, hash: random() });
  return { publisher: position(there), subscriber: position(here), takenUpTo: seq };
}

/** As after many syncs that brought something: with all the checkpoints that are kept. */
function restingSubscriber(): Omit<Subscriber, 'peer' | 'version'> {
  const checkpoints = Array.from({ length: 8 }, (_, index) => checkpoint(100_000 + index * 117));
  const offered = { anchor: random(), checkpoint: checkpoint(100_000 + 7 * 117), conflictsUpTo: 0 };
  const state = {
    ...newSubscriberState,
    ...{ subscriberEpoch: here, generation: 1, agreedAnchor: random(), sessionNumber: 4_711, checkpoints, offered },
    ...{ lastSeenAt: offered.checkpoint.subscriber, lastSyncAt: 1_795_244_825_427, introducedBy: random() },
    introduction: { subscription: 1, firstSession: random() },
    lastExchange: { session: random(), message: 1, digest: randomBytes(32).toString('base64url') },
  };
  const [publication, url] = ['Repository', 'https://office-17.example.org/cps_client/Repository'];
  const tokenHash = randomBytes(32).toString('base64url');
  return { publication, url, account: 'office-17', tokenHash, terms: defaultTerms, state };
}

describe('what is kept packed', () => {
  it('comes back as it was', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12_000 }), (octets) => {
        fc.pre(octets[0] !== 0x01);
        expect(Buffer.from(unpack(pack(octets))).equals(octets)).toBe(true);
      }),
    );
  });

  it('is what it was where it was kept before anything was packed', () => {
    const message = Buffer.from('<?xml version="1.0"?><SyncML/>');
    expect(unpack(message)).toEqual(message);
  });
});

describe('the row of a subscriber at rest', () => {
  it('takes less than 900 octets with all its checkpoints, of which hardly anything gets shorter', () => {
    const { record, packed } = keptRecord(restingSubscriber());
    expect(record.length + (packed?.length ?? 0)).toBeLessThan(900);
  });

  it('is read as it was written', () => {
    const subscriber = restingSubscriber();
    const row = { number: 3, version: 5, ...keptRecord(subscriber) };
    // What is undefined is not in the row, and reads the same.
    expect(subscriberOf(row)).toEqual({ ...subscriber, peer: 3, version: 5 });
  });

  it('says in the open only what the indexes are made from', () => {
    const { record } = keptRecord(restingSubscriber());
    expect(JSON.parse(record)).toEqual({
      account: 'office-17',
      state: { checkpoints: [{ publisher: { seq: 100_000 + 7 * 117 } }] },
    });
  });
});
