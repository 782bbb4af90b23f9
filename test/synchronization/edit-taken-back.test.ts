import { expect, it } from 'vitest';
import type { OutgoingMessage } from '../../src/ports/transport.ts';
import { card, seedPair, sync, Wire } from '../support/synced-sites.ts';

const at = '/portal_repository';

/** Something happens at the subscriber when its first message is on its way. */
class BusyWire extends Wire {
  meanwhile: () => Promise<unknown> = () => Promise.resolve();

  override async deliver(message: OutgoingMessage): ReturnType<Wire['deliver']> {
    if (this.requests === 0) await this.meanwhile();
    return super.deliver(message);
  }
}

it('does not ask about what was made on a value that had come, when an edit beside it was taken back before', async () => {
  const { publisher, subscriber, wire } = await seedPair();
  // The publisher has it from the subscriber, and changes it.
  await subscriber.put(`${at}/a`, card('A', '1'));
  await sync(subscriber, 'Repository', wire);
  await publisher.put(`${at}/a`, card('B', '1'));
  await sync(subscriber, 'Repository', wire);
  await publisher.put(`${at}/a`, card('B', '2'));
  await subscriber.put(`${at}/a`, card('B', '3'));
  await subscriber.put(`${at}/a`, card('B', '1'));
  // What comes clashes with an edit of the telephone, made while the sync runs; then the name that had come is edited, too.
  const busy = new BusyWire(publisher);
  busy.meanwhile = () => subscriber.put(`${at}/a`, card('B', '4'));
  await sync(subscriber, 'Repository', busy);
  await subscriber.put(`${at}/a`, card('C', '4'));
  for (let round = 0; round < 2; round += 1) await sync(subscriber, 'Repository', wire);
  expect(await publisher.get(`${at}/a`)).toBe(card('C', '2'));
  expect(await subscriber.get(`${at}/a`)).toBe(card('C', '2'));
  expect(await publisher.context.store.countConflicts()).toBe(1);
});
