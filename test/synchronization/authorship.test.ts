import { describe, expect, it } from 'vitest';
import type { Version } from '../../src/objects/version.ts';
import { editThatSet } from '../../src/synchronization/fields.ts';
import type { Field } from '../../src/objects/edit.ts';
import type { TestSite } from '../support/synced-sites.ts';
import { card, seedPair, sync } from '../support/synced-sites.ts';

const at = '/portal_repository';
// Places of the cards' documents.
const title = '/object/title/text()' as Field;
const phone = '/object/phone/text()' as Field;

async function authorOf(site: TestSite, { gid }: Version, field: Field): Promise<string | undefined> {
  return editThatSet(await site.context.store.history(gid), field)?.by;
}

describe('who wrote a field, and when', () => {
  it('is told of each field by itself when an object with several edits comes to a new subscriber', async () => {
    const { publisher, subscriber, wire } = await seedPair();
    const object = await publisher.put(`${at}/a`, card('A', '1'), 'paula');
    await publisher.put(`${at}/a`, card('A', '2'), 'peter');
    await sync(subscriber, 'Repository', wire);
    expect(await authorOf(subscriber, object, title)).toBe('paula');
    expect(await authorOf(subscriber, object, phone)).toBe('peter');
  });

  it('stays with the one whose value stands when a merge is written for another field', async () => {
    const { publisher, subscriber, wire } = await seedPair();
    const object = await publisher.put(`${at}/a`, card('A', '1'), 'paula');
    await sync(subscriber, 'Repository', wire);
    await publisher.put(`${at}/a`, card('A', '2'), 'peter');
    await subscriber.put(`${at}/a`, card('A', '3'), 'simon');
    await subscriber.put(`${at}/a`, card('B', '3'), 'susan');
    await sync(subscriber, 'Repository', wire);
    for (const site of [publisher, subscriber]) {
      expect(await site.get(`${at}/a`)).toBe(card('B', '2'));
      expect(await authorOf(site, object, phone)).toBe('peter');
      expect(await authorOf(site, object, title)).toBe('susan');
    }
    expect(await publisher.context.store.conflicts()).toMatchObject([
      {
        field: phone,
        publisher: { value: '2', edit: { by: 'peter' } },
        subscriber: { value: '3', edit: { by: 'simon' } },
      },
    ]);
  });

  it('is kept of the deletion, when what one side removed the other side changed', async () => {
    const { publisher, subscriber, wire } = await seedPair();
    await publisher.put(`${at}/a`, card('A', '1'), 'paula');
    await sync(subscriber, 'Repository', wire);
    await publisher.put(`${at}/a`, card('A', '1').replace(/<phone.*phone>/, ''), 'peter');
    await subscriber.put(`${at}/a`, card('A', '2'), 'simon');
    await sync(subscriber, 'Repository', wire);
    expect(await publisher.context.store.conflicts()).toMatchObject([
      { publisher: { edit: { by: 'peter' } }, subscriber: { edit: { by: 'simon' } } },
    ]);
  });
});
