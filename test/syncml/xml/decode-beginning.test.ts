import { describe, expect, it } from 'vitest';
import { beginningOctets, decodeBeginning } from '../../../src/syncml/xml/decode-beginning.ts';

const header =
  '<SyncHdr><VerDTD>1.2</VerDTD><VerProto>SyncML/1.2</VerProto><SessionID>ä</SessionID><MsgID>1</MsgID>' +
  '<Target><LocURI>t</LocURI></Target><Source><LocURI>s</LocURI></Source></SyncHdr>';
const alert =
  '<Alert><CmdID>1</CmdID><Data>200</Data><Item><Target><LocURI>Repository</LocURI></Target></Item></Alert>';
const much = 'x'.repeat(beginningOctets);
const beginningOf = (text: string) => decodeBeginning(Buffer.from(text));

describe('the beginning of a large message', () => {
  it.each([
    ['as Concord writes it', `<SyncML xmlns="SYNCML:SYNCML1.2">${header}<SyncBody>${alert}<Sync>${much}`],
    [
      'with a prefix',
      `<s:SyncML xmlns:s="SYNCML:SYNCML1.2">${header.replace(/<(\/?)/g, '<$1s:')}<s:SyncBody>${alert.replace(/<(\/?)/g, '<$1s:')}<s:Sync>${much}`,
    ],
    [
      'with white space in its tags',
      `<SyncML >${header.replace('</SyncHdr>', '</SyncHdr\n>')}<SyncBody >${alert}${much}`,
    ],
  ])('%s says who sends it and what it asks for, whatever follows', (_, text) => {
    const { header: read, body } = beginningOf(text);
    expect(read).toMatchObject({ sessionId: 'ä', msgId: 1, source: { locUri: 's' } });
    expect(body).toMatchObject([{ kind: 'Alert', code: 200, items: [{ target: { locUri: 'Repository' } }] }]);
  });

  it.each([
    ['without an Alert', `<SyncML>${header}<SyncBody><Sync>${much}`],
    ['whose first Alert stands late', `<SyncML>${header}<SyncBody><Sync>${much}</Sync>${alert}`],
    [
      'whose first Alert is within a document',
      `<SyncML>${header}<SyncBody><Sync><Data><![CDATA[${alert}]]></Data>${much}`,
    ],
    ['whose first Alert is within another command', `<SyncML>${header}<SyncBody><Atomic>${alert}${much}`],
  ])('%s is its header', (_, text) => {
    const { header: read, body } = beginningOf(text);
    expect(read.sessionId).toBe('ä');
    expect(body).toEqual([]);
  });

  it.each([
    ['no header', `<SyncML>${much}`],
    ['a header without end', `<SyncML><SyncHdr><Source><LocURI>${much}`],
    ['no XML', much],
    ['another encoding', `<SyncML>${header.replace('ä', '\xff')}<SyncBody>${much}`],
    ['a DOCTYPE', `<!DOCTYPE SyncML [<!ENTITY a "b">]><SyncML>${header}<SyncBody>${much}`],
  ])('that has %s is refused', (_, text) => {
    expect(() => decodeBeginning(Buffer.from(text, text.includes('\xff') ? 'latin1' : 'utf8'))).toThrow(
      expect.objectContaining({ name: 'ProtocolError' }) as Error,
    );
  });

  it('is all of a message that is not large', () => {
    const whole = `<SyncML>${header}<SyncBody>${alert}<Delete><CmdID>2</CmdID></Delete><Final/></SyncBody></SyncML>`;
    expect(beginningOf(whole)).toMatchObject({ body: [{ kind: 'Alert' }, { kind: 'Delete' }], isFinal: true });
    expect(() => beginningOf(whole.slice(0, -5))).toThrow('well-formed');
  });
});
