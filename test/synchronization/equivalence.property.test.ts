import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { textConduit } from '../../src/conduits/text.ts';
import { carryOver, writtenByPublisher, writtenBySubscriber } from '../../src/synchronization/equivalence.ts';
import { canonicalize } from '../../src/xml/canonical.ts';

const { keys } = textConduit;
const write = (document: string): string => textConduit.write?.(document) ?? document;
const rules = { write, keys };

const line = fc.constantFrom('', '1', '1 2', ' 1  2 ', '3\n');
const field = (name: string): fc.Arbitrary<string> =>
  fc
    .tuple(fc.constantFrom('', ' lang="en"', ' lang="de"'), line, fc.constantFrom('text', 'parts', 'none'))
    .map(([attribute, text, kind]) => {
      if (kind === 'none') return '';
      return `<${name}${attribute}>${kind === 'parts' ? `<part>${text}</part>` : text}</${name}>`;
    });
const document = fc
  .tuple(field('a'), field('b'), field('c'))
  .map((fields) => canonicalize(`<object>${fields.join('')}</object>`));

describe('what is carried over', () => {
  it('is the edit on what it was made on, and nothing on anything', () => {
    fc.assert(
      fc.property(document, document, (one, other) => {
        expect(carryOver({ base: one, edited: other, onto: one, keys })).toBe(other);
        expect(carryOver({ base: one, edited: one, onto: other, keys })).toBe(other);
      }),
    );
  });

  it('from what a conduit has written gives back all of the document, as long as nobody has edited it', () => {
    fc.assert(
      fc.property(document, (shadow) => {
        expect(carryOver({ base: write(shadow), edited: write(shadow), onto: shadow, keys })).toBe(shadow);
      }),
    );
  });
});

describe('what is stored', () => {
  it('by a subscriber that has nothing of its own is what its conduit writes of the publisher’s document', () => {
    fc.assert(
      fc.property(document, document, (shared, incoming) => {
        expect(writtenBySubscriber(incoming, undefined, rules)).toBe(write(incoming));
        expect(writtenBySubscriber(incoming, { own: write(shared), shared }, rules)).toBe(write(incoming));
      }),
    );
  });

  it('by a subscriber stays what it has, when the publisher’s document is only what that could be stored as', () => {
    fc.assert(
      fc.property(document, (own) => {
        const plain = { write: (text: string) => text, keys };
        expect(writtenBySubscriber(write(own), { own, shared: write(own) }, plain)).toBe(own);
      }),
    );
  });

  it('by a subscriber stays what it has, when the publisher’s document is what it was', () => {
    fc.assert(
      fc.property(document, (own) => {
        expect(writtenBySubscriber(own, { own, shared: own }, rules)).toBe(own);
      }),
    );
  });

  it('by a subscriber loses only what a change itself brings, and keeps no old value of that', () => {
    const noted = (lang: string, text: string, street: string): string =>
      canonicalize(
        `<object><note lang="${lang}">${text}</note><a>${text}</a><b><street>${street}</street></b></object>`,
      );
    const own = noted('en', '1 2', 'Elm');
    const stored = (incoming: string): string => writtenBySubscriber(incoming, { own, shared: own }, rules);
    expect(stored(noted('en', ' 3\n', 'Elm'))).toBe(noted('en', '3', 'Elm'));
    expect(stored(noted('de', '1 2', 'Elm'))).not.toMatch(/lang="(en|de)"/);
    expect(stored(noted('en', '1 2', 'Oak'))).not.toContain('Elm');
  });

  it('by a subscriber has the place that a change touches as its conduit writes it', () => {
    fc.assert(
      fc.property(document, document, (own, incoming) => {
        const stored = writtenBySubscriber(incoming, { own, shared: own }, rules);
        expect(write(stored)).toBe(write(incoming));
      }),
    );
  });

  it('by a publisher is all that it had where the subscriber has changed nothing that its conduit can hold', () => {
    fc.assert(
      fc.property(document, (base) => {
        expect(writtenByPublisher(base, base, rules)).toBe(base);
        expect(writtenByPublisher(write(base), base, rules)).toBe(base);
        expect(writtenByPublisher(base, write(base), rules)).toBe(write(base));
        expect(writtenByPublisher(base, undefined, rules)).toBe(write(base));
      }),
    );
  });
});
