import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Item } from '../../src/syncml/item.ts';
import { cutItem, endOfPiece, joinPieces } from '../../src/syncml/pieces.ts';
import { commandOctets, itemOctets, messageOctets } from '../../src/syncml/size.ts';
import { escapeData } from '../../src/syncml/xml/escape.ts';
import { encodeMessage } from '../../src/syncml/xml/encode-message.ts';
import { anyItem, anyMessage, xmlText } from '../support/syncml-arbitraries.ts';

const longText = fc.array(xmlText, { maxLength: 20 }).map((parts) => parts.join(''));
const room = fc.integer({ min: 32, max: 200 });

function octets(text: string): number {
  return Buffer.byteLength(text, 'utf8');
}

function cutText(text: string, maxOctets: number): readonly string[] {
  const pieces: string[] = [];
  let at = 0;
  do {
    const end = endOfPiece(text, at, maxOctets);
    pieces.push(text.slice(at, end));
    at = end;
  } while (at < text.length);
  return pieces;
}

describe('large objects in pieces', () => {
  it('are whole again when their pieces are joined', () => {
    fc.assert(
      fc.property(longText, room, (text, maxOctets) => {
        expect(joinPieces(cutText(text, maxOctets), octets(text))).toEqual({ state: 'whole', data: text });
      }),
    );
  });

  it('fit the room that was given, however a piece is escaped', () => {
    fc.assert(
      fc.property(longText, room, (text, maxOctets) => {
        for (const piece of cutText(text, maxOctets)) expect(octets(escapeData(piece))).toBeLessThanOrEqual(maxOctets);
      }),
    );
  });

  it('are never cut inside of a character, and each but the last holds something after the first', () => {
    fc.assert(
      fc.property(longText, room, (text, maxOctets) => {
        const pieces = cutText(text, maxOctets);
        for (const piece of pieces) expect(piece).not.toMatch(/^[\uDC00-\uDFFF]|[\uD800-\uDBFF]$/);
        expect(pieces.slice(1).every((piece) => piece !== '')).toBe(true);
      }),
    );
  });

  it('are cut into no more pieces than documents of this size need', () => {
    const document = `<object>${'<title type="string">some value</title>'.repeat(1000)}</object>`;
    expect(cutText(document, 4096).length).toBeLessThanOrEqual(Math.ceil(octets(document) / 3500));
  });

  it('are answered 424 when their octets are not the announced ones', () => {
    expect(joinPieces(['é', 'b'], 2)).toEqual({ state: 'mismatch', code: 424 });
    expect(joinPieces(['é', 'b'], undefined)).toEqual({ state: 'whole', data: 'éb' });
  });

  it('carry the address each, Size in the first, MoreData in all but the last', () => {
    const item: Item = { source: { locUri: 'gid' }, meta: { emi: ['n=1'] }, data: 'é'.repeat(40) };
    const first = cutItem(item, 0, 60);
    const second = cutItem(item, first.next ?? 0, 60);
    const pieces = [first.item, second.item];
    expect(second.next).toBeUndefined();
    expect(pieces.map(({ meta, moreData }) => [meta, moreData])).toEqual([
      [{ emi: ['n=1'], size: 80 }, true],
      [{ emi: ['n=1'] }, undefined],
    ]);
    expect(pieces.every(({ source }) => source?.locUri === 'gid')).toBe(true);
  });

  it('are not made of an item that fits', () => {
    const item: Item = { data: '<a/>', dataIsMarkup: true };
    expect(cutItem(item, 0, 100)).toEqual({ item, next: undefined });
  });
});

describe('sizes', () => {
  it('of header and commands add up to the size of the message', () => {
    fc.assert(
      fc.property(anyMessage, (message) => {
        const sum = message.body.reduce(
          (total, command) => total + commandOctets(command),
          messageOctets(message.header),
        );
        expect(sum).toBe(octets(encodeMessage({ ...message, isFinal: true })));
      }),
    );
  });

  it('of an empty Sync and its commands add up to the size of the Sync', () => {
    fc.assert(
      fc.property(fc.array(anyItem, { minLength: 1, maxLength: 3 }), (items) => {
        const empty = { kind: 'Sync', cmdId: '1', commands: [] } as const;
        const add = { kind: 'Add', cmdId: '2', items } as const;
        expect(commandOctets({ ...empty, commands: [add] })).toBe(commandOctets(empty) + commandOctets(add));
        const sum = items.reduce((total, item) => total + itemOctets(item), commandOctets({ ...add, items: [] }));
        expect(commandOctets(add)).toBe(sum);
      }),
    );
  });
});
