import { describe, expect, it } from 'vitest';
import type { Pair } from '../support/synced-sites.ts';
import { card, seedPair, sync } from '../support/synced-sites.ts';

const at = '/portal_repository';
const modifications = (inside: string): string =>
  `<xu:modifications version="1.0" xmlns:xu="http://www.xmldb.org/xupdate">${inside}</xu:modifications>`;

const hostile: readonly (readonly [string, string])[] = [
  ['is not well-formed', '<object><title></object>'],
  ['has a DOCTYPE', '<!DOCTYPE object [<!ENTITY x "y">]><object>&x;</object>'],
  ['is nested too deep', '<a>'.repeat(300) + '</a>'.repeat(300)],
  ['has too many attributes', `<a ${Array.from({ length: 300 }, (_, n) => `a${String(n)}="1"`).join(' ')}/>`],
  ['is empty', ''],
  ['is another than its digest says', card('B', 'forged')],
  ['changes what is not there', modifications('<xu:update select="/object/nothing">x</xu:update>')],
  ['uses a select that peers may not', modifications('<xu:remove select="//*"/>')],
];

/** Puts another content in the place of every document that holds `mark`, on its way in one direction. */
function replaceOnTheWay({ wire }: Pair, side: 'request' | 'answer', content: string): { restore: () => void } {
  const honest = wire.deliver.bind(wire);
  const lie = (body: Uint8Array): Uint8Array => {
    const text = new TextDecoder().decode(body);
    const lied = text.replace(/<!\[CDATA\[(?:(?!\]\]>).)*marked(?:(?!\]\]>).)*\]\]>/gs, () => `<![CDATA[${content}]]>`);
    return new TextEncoder().encode(lied);
  };
  wire.deliver = async (message) => {
    const sent = side === 'request' ? { ...message, body: lie(message.body) } : message;
    const answer = await honest(sent);
    return side === 'answer' ? { ...answer, body: lie(answer.body) } : answer;
  };
  return {
    restore: () => {
      wire.deliver = honest;
    },
  };
}

async function expectEqual({ publisher, subscriber }: Pair): Promise<void> {
  expect(await subscriber.tree(at)).toEqual(await publisher.tree(at));
}

describe.each(hostile)('a document in a message that %s', (_what, content) => {
  it.each(['request', 'answer'] as const)('spoils nothing else in the %s, and flows when it is right', async (side) => {
    const pair = await seedPair();
    const { publisher, subscriber, wire } = pair;
    const [sender, receiver] = side === 'request' ? [subscriber, publisher] : [publisher, subscriber];
    await sender.put(`${at}/a`, card('A', '1'));
    await sender.put(`${at}/changed`, card('C', '1'));
    await sync(subscriber, 'Repository', wire);
    await sender.put(`${at}/a`, card('A', '2'));
    await sender.put(`${at}/b`, card('marked', '1'));
    await sender.put(`${at}/changed`, card('marked', '1'));
    await sender.put(`${at}/z`, card('Z', '1'));
    const lying = replaceOnTheWay(pair, side, content);
    await sync(subscriber, 'Repository', wire);
    await sync(subscriber, 'Repository', wire);
    expect(Object.keys(await receiver.tree(at))).not.toContain('/b');
    expect(await receiver.get(`${at}/changed`)).toBe(card('C', '1'));
    expect(await receiver.get(`${at}/a`)).toBe(card('A', '2'));
    expect(await receiver.get(`${at}/z`)).toBe(card('Z', '1'));
    lying.restore();
    await sender.put(`${at}/b`, card('marked', '2'));
    await sender.put(`${at}/changed`, card('marked', '2'));
    await sync(subscriber, 'Repository', wire);
    await sync(subscriber, 'Repository', wire);
    await expectEqual(pair);
    expect(await receiver.get(`${at}/b`)).toBe(card('marked', '2'));
    expect((await sync(subscriber, 'Repository', wire)).traffic.requests).toBe(1);
    expect(await publisher.context.store.countConflicts()).toBe(0);
  });
});
