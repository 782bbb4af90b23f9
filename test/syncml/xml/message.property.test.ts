import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProtocolError } from '../../../src/errors/concord-error.ts';
import { decodeDevInf } from '../../../src/syncml/xml/decode-devinf.ts';
import { decodeMessage } from '../../../src/syncml/xml/decode-message.ts';
import { encodeDevInf } from '../../../src/syncml/xml/encode-devinf.ts';
import { encodeMessage } from '../../../src/syncml/xml/encode-message.ts';
import { devInfItem } from '../../../src/syncml/devinf.ts';
import { anyDevInf, anyMessage, xmlText } from '../../support/syncml-arbitraries.ts';
import { expectValidSyncMl } from '../../support/syncml-grammar.ts';

describe('SyncML in XML', () => {
  it('gives back every message that it wrote', () => {
    fc.assert(
      fc.property(anyMessage, (message) => {
        expect(decodeMessage(encodeMessage(message))).toEqual(message);
      }),
      { numRuns: 400 },
    );
  });

  it('writes only what the grammar of the standard allows', () => {
    fc.assert(
      fc.property(anyMessage, (message) => {
        expectValidSyncMl(encodeMessage(message));
      }),
      { numRuns: 400 },
    );
  });

  it('gives back every DevInf, alone and as the data of a Put, and writes it by the grammar', () => {
    fc.assert(
      fc.property(anyDevInf, anyMessage, (devInf, { header }) => {
        const encoded = encodeDevInf(devInf);
        expect(decodeDevInf(encoded)).toEqual(devInf);
        const message = encodeMessage({
          header,
          body: [{ kind: 'Put', cmdId: '1', items: [devInfItem(encoded)] }],
          isFinal: true,
        });
        expectValidSyncMl(message);
        const command = decodeMessage(message).body[0];
        expect(command?.kind === 'Put' && decodeDevInf(command.items[0]?.data ?? '')).toEqual(devInf);
      }),
      { numRuns: 200 },
    );
  });

  it('gives back data of any kind to the character', () => {
    fc.assert(
      fc.property(anyMessage, xmlText, ({ header }, data) => {
        const text = encodeMessage({ header, body: [{ kind: 'Add', cmdId: '1', items: [{ data }] }], isFinal: true });
        const command = decodeMessage(text).body[0];
        expect(command?.kind === 'Add' && command.items[0]?.data).toBe(data);
      }),
      { numRuns: 2000 },
    );
  });

  it('throws nothing but its own errors for messages with a part cut out', () => {
    fc.assert(
      fc.property(anyMessage, fc.nat(), fc.nat({ max: 40 }), (message, at, length) => {
        const text = encodeMessage(message);
        const start = at % text.length;
        try {
          decodeMessage(text.slice(0, start) + text.slice(start + length));
        } catch (error) {
          expect(error instanceof ProtocolError && error.code).toMatch(/^CON-(X00[123]|S001)$/);
        }
      }),
      { numRuns: 500 },
    );
  });
});
