import { describe, expect, it } from 'vitest';
import type { MessageLimits } from '../../../src/syncml/limits.ts';
import { defaultMessageLimits } from '../../../src/syncml/limits.ts';
import { decodeDevInf } from '../../../src/syncml/xml/decode-devinf.ts';
import { decodeMessage } from '../../../src/syncml/xml/decode-message.ts';

const header =
  '<SyncHdr><VerDTD>1.2</VerDTD><VerProto>SyncML/1.2</VerProto><SessionID>1</SessionID><MsgID>1</MsgID>' +
  '<Target><LocURI>t</LocURI></Target><Source><LocURI>s</LocURI></Source></SyncHdr>';

function message(body: string): string {
  return `<SyncML xmlns="SYNCML:SYNCML1.2">${header}<SyncBody>${body}<Final/></SyncBody></SyncML>`;
}

function add(item: string): string {
  return message(`<Add><CmdID>1</CmdID><Item>${item}</Item></Add>`);
}

function refusal(text: string, limits: Partial<MessageLimits> = {}): unknown {
  try {
    decodeMessage(text, { ...defaultMessageLimits, ...limits });
    return undefined;
  } catch (error) {
    return error;
  }
}

const tooMuch = { name: 'ProtocolError', code: 'CON-X002' };

describe('hostile messages', () => {
  it.each<[string, string, Partial<MessageLimits>]>([
    ['more octets than the limit', message('x'.repeat(1000)), { maxOctets: 1000 }],
    ['more octets than the limit in fewer characters', message('€'.repeat(400)), { maxOctets: 1000 }],
    ['more commands than the limit', message('<Delete><CmdID>1</CmdID></Delete>'.repeat(11)), { maxCommands: 10 }],
    ['more items than the limit', add('</Item><Item>'.repeat(10)), { maxCommands: 10 }],
    ['a million elements of no use', message('<x/>'.repeat(1_000_000)), {}],
    ['a million EMI tokens', add(`<Meta>${'<EMI>a=b</EMI>'.repeat(1_000_000)}</Meta>`), {}],
    ['one EMI token too many', add(`<Meta>${'<EMI>a=b</EMI>'.repeat(65)}</Meta>`), {}],
    ['an endless EMI token', add(`<Meta><EMI>${'a'.repeat(8193)}</EMI></Meta>`), {}],
    ['an endless LocURI', add(`<Source><LocURI>${'a'.repeat(8193)}</LocURI></Source>`), {}],
    ['an endless LocName', add(`<Source><LocURI>a</LocURI><LocName>${'a'.repeat(8193)}</LocName></Source>`), {}],
    ['an endless SessionID', message('').replace('<SessionID>1', `<SessionID>${'1'.repeat(8193)}`), {}],
    ['sequences nested without end', message('<Sequence><CmdID>1</CmdID>'.repeat(100_000)), {}],
    ['elements in Data nested without end', add(`<Data>${'<a>'.repeat(100_000)}`), {}],
    [
      'an element with a hundred thousand attributes',
      add(`<Data><a ${Array.from({ length: 100_000 }, (_, i) => `a${String(i)}=""`).join(' ')}/></Data>`),
      {},
    ],
  ])('refuses %s', (_, text, limits) => {
    expect(refusal(text, limits)).toMatchObject(tooMuch);
  });

  it('accepts what is exactly at the limits', () => {
    expect(refusal(message('<Delete><CmdID>1</CmdID></Delete>'.repeat(10)), { maxCommands: 10 })).toBeUndefined();
    expect(refusal(add(`<Meta>${'<EMI>a=b</EMI>'.repeat(64)}</Meta>`))).toBeUndefined();
    const text = message('€');
    expect(refusal(text, { maxOctets: Buffer.byteLength(text) })).toBeUndefined();
  });

  it.each(['\u0000', '\u0008', '\uFFFE', '&#0;', '&#xD800;', '&#1;'])('refuses the non-character %j', (character) => {
    expect(refusal(add(`<Data>${character}</Data>`))).toMatchObject({ name: 'ProtocolError', code: 'CON-X001' });
  });

  it('never expands entities, in a DevInf neither', () => {
    const bomb = '<!DOCTYPE DevInf [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><DevInf><Man>&b;</Man></DevInf>';
    expect(() => decodeDevInf(bomb)).toThrow(expect.objectContaining({ code: 'CON-X003' }));
  });

  it('keeps names of the language as what they are', () => {
    const text = add(
      '<Data><__proto__ constructor="1" toString="2"><x:a xmlns:x="urn:x" xmlns:__proto__="urn:p" __proto__:hasOwnProperty="3"/></__proto__></Data>',
    );
    const command = decodeMessage(text).body[0];
    expect(command?.kind === 'Add' && command.items[0]?.data).toBe(
      '<__proto__ constructor="1" toString="2"><x:a xmlns:x="urn:x" xmlns:__proto__="urn:p" __proto__:hasOwnProperty="3"/></__proto__>',
    );
  });
});
