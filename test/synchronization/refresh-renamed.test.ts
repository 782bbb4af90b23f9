import { expect, it } from 'vitest';
import { card, seedPair, sync } from '../support/synced-sites.ts';

const at = '/portal_repository';

it('brings to the publisher what a refresh has left under another name, when it gets its own back', async () => {
  const { publisher, subscriber, wire } = await seedPair();
  await subscriber.put(`${at}/y`, card('Own', '1'));
  await publisher.put(`${at}/y`, card('Top', '1'));
  await sync(subscriber, 'Repository', wire, { refreshFrom: 'publisher' });
  expect(await subscriber.get(`${at}/y`)).toBe(card('Top', '1'));
  expect(await subscriber.get(`${at}/y-2`)).toBe(card('Own', '1'));
  await subscriber.move(`${at}/y`, `${at}/w`);
  await subscriber.move(`${at}/y-2`, `${at}/y`);
  for (let round = 0; round < 2; round += 1) await sync(subscriber, 'Repository', wire);
  expect(await publisher.get(`${at}/y`)).toBe(card('Own', '1'));
  expect(await publisher.get(`${at}/w`)).toBe(card('Top', '1'));
  expect((await sync(subscriber, 'Repository', wire)).traffic.requests).toBe(1);
});
