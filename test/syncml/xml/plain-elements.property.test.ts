import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProtocolError } from '../../../src/errors/concord-error.ts';
import { defaultMessageLimits } from '../../../src/syncml/limits.ts';
import type { SyncMlElement } from '../../../src/syncml/xml/element.ts';
import { readAnyElements, tryAnyElements } from '../../../src/syncml/xml/element-reader.ts';
import { encodeMessage } from '../../../src/syncml/xml/encode-message.ts';
import { readPlainElements } from '../../../src/syncml/xml/plain-elements.ts';
import { anyMessage, xmlText } from '../../support/syncml-arbitraries.ts';

function plainly({ name, text, isMarkup, children }: SyncMlElement): SyncMlElement {
  return { name, text, isMarkup, children: children.map(plainly) };
}

/** What the parser makes of a text: its elements, or why it refuses it. */
function byParser(text: string, limits = defaultMessageLimits): SyncMlElement | string {
  try {
    return plainly(readAnyElements(text, limits));
  } catch (error) {
    if (error instanceof ProtocolError) return error.code;
    throw error;
  }
}

function plain(text: string, limits = defaultMessageLimits): SyncMlElement | undefined {
  const elements = readPlainElements(text, { limits, readByParser: tryAnyElements });
  return elements && plainly(elements);
}

/** All Items of a tree, in the order in which they end. */
function itemsIn(element: SyncMlElement): readonly SyncMlElement[] {
  return [...element.children.flatMap(itemsIn), ...(element.name === 'Item' ? [element] : [])];
}

const changes = fc.array(
  fc.record({
    at: fc.nat(),
    removed: fc.nat({ max: 3 }),
    put: fc.constantFrom(
      ...[
        '',
        '<',
        '>',
        '&',
        '&lt;',
        '&#13;',
        '&#60;',
        '&bad;',
        '"',
        ' ',
        '\r',
        '/',
        'a',
        ' xmlns="',
        'urn:a',
        ':',
        '\u0001',
      ],
      ...[
        ']]>',
        '<![CDATA[',
        '<!--',
        '-->',
        '<?a?>',
        '<Data>',
        '<DataStore>',
        '</Data>',
        '<Filter/>',
        '<Item/>',
        '<x:y/>',
        '\uD83D',
        '\u{1F600}',
      ],
    ),
  }),
  { minLength: 1, maxLength: 2 },
);

describe('the reading of messages as Concord writes them', () => {
  it('takes every message without markup in Data', () => {
    fc.assert(
      fc.property(anyMessage, xmlText, ({ header }, data) => {
        const text = encodeMessage({ header, body: [{ kind: 'Add', cmdId: '1', items: [{ data }] }], isFinal: true });
        fc.pre(
          !text.includes('<Filter') && !/[\uD800-\uDFFF]/.test(text.replace(/[\uD800-\uDBFF][\uDC00-\uDFFF]/g, '')),
        );
        expect(plain(text)).toEqual(byParser(text));
      }),
      { numRuns: 500 },
    );
  });

  it('takes the anchor that a Status echoes', () => {
    const anchor = '<Anchor xmlns="syncml:metinf"><Last>a&amp;b</Last><Next>c</Next></Anchor>';
    const text = `<SyncML xmlns="SYNCML:SYNCML1.2"><Status><Item><Data> ${anchor}</Data></Item><Data>200</Data></Status></SyncML>`;
    expect(plain(text)?.children[0]?.children[0]?.children[0]).toMatchObject({ text: anchor, isMarkup: true });
    expect(plain(text)).toEqual(byParser(text));
  });

  it('takes the device information of a first contact, whose DataStore is no Data', () => {
    const devInf = '<DevInf xmlns="syncml:devinf"><DataStore><SourceRef>a</SourceRef></DataStore></DevInf>';
    const text = `<SyncML xmlns="SYNCML:SYNCML1.2"><Put><Item><Data>${devInf}</Data></Item></Put></SyncML>`;
    expect(plain(text)?.children[0]?.children[0]?.children[0]).toMatchObject({ text: devInf, isMarkup: true });
    expect(plain(text)).toEqual(byParser(text));
    expect(plain(text.replace('<SourceRef>a</SourceRef>', '<Data>a</Data>'))).toBeUndefined();
  });

  it('gives what the parser gives, or nothing', () => {
    fc.assert(
      fc.property(anyMessage, changes, (message, faults) => {
        let text = encodeMessage(message);
        for (const { at, removed, put } of faults) {
          const start = at % (text.length + 1);
          text = text.slice(0, start) + put + text.slice(start + removed);
        }
        const elements = plain(text);
        if (elements !== undefined) expect(elements).toEqual(byParser(text));
      }),
      { numRuns: 3000 },
    );
  });

  it('leaves a message over a limit to the parser', () => {
    const text =
      '<SyncML><SyncBody><Add><CmdID>1</CmdID><Meta><EMI xmlns="syncml:metinf">a</EMI></Meta></Add></SyncBody></SyncML>';
    const exact = { ...defaultMessageLimits, maxCommands: 1, maxElements: 6, maxDepth: 5, maxAttributes: 1 };
    expect(plain(text, exact)).toEqual(byParser(text, exact));
    for (const limit of ['maxCommands', 'maxElements', 'maxDepth', 'maxAttributes'] as const) {
      const lower = { ...exact, [limit]: exact[limit] - 1 };
      expect(plain(text, lower)).toBeUndefined();
      expect(byParser(text, lower)).toBe('CON-X002');
    }
    const full = `<Meta>${'<EMI>a</EMI>'.repeat(defaultMessageLimits.maxEmiTokens + 20)}</Meta>`;
    expect(plain(full)).toBeUndefined();
    expect(byParser(full)).toBe('CON-X002');
  });

  it('gives each Item when it has ended, and keeps what is made of it in its place', () => {
    fc.assert(
      fc.property(anyMessage, (message) => {
        const text = encodeMessage(message);
        const given: SyncMlElement[] = [];
        const settle = (element: SyncMlElement): SyncMlElement => {
          given.push(plainly(element));
          return { name: 'Item', text: String(given.length), isMarkup: false, children: [] };
        };
        const read = readPlainElements(text, { limits: defaultMessageLimits, readByParser: tryAnyElements, settle });
        if (read === undefined) return;
        expect(given).toEqual(itemsIn(plainly(readAnyElements(text, defaultMessageLimits))));
        expect(itemsIn(read).map((item) => item.text)).toEqual(given.map((_, index) => String(index + 1)));
      }),
    );
  });

  it('leaves a text whose Item is refused to the parser', () => {
    const settle = (): never => {
      throw new ProtocolError('CON-X002', 'refused');
    };
    const text = '<SyncML xmlns="SYNCML:SYNCML1.2"><Item></Item></SyncML>';
    const reading = { limits: defaultMessageLimits, readByParser: tryAnyElements };
    expect(readPlainElements(text, reading)).toBeDefined();
    expect(readPlainElements(text, { ...reading, settle })).toBeUndefined();
  });
});
