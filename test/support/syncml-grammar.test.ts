import { describe, expect, it } from 'vitest';
import { expectValidSyncMl } from './syncml-grammar.ts';

const header =
  '<SyncHdr><VerDTD>1.2</VerDTD><VerProto>SyncML/1.2</VerProto><SessionID>1</SessionID><MsgID>1</MsgID>' +
  '<Target><LocURI>http://a</LocURI></Target><Source><LocURI>http://b</LocURI></Source></SyncHdr>';

function message(body: string, namespace = 'SYNCML:SYNCML1.2'): string {
  return `<SyncML xmlns="${namespace}">${header}<SyncBody>${body}<Final/></SyncBody></SyncML>`;
}

const alert =
  '<Alert><CmdID>1</CmdID><Data>200</Data><Item><Target><LocURI>t</LocURI></Target><Source><LocURI>s</LocURI></Source>' +
  '<Meta><Anchor xmlns="syncml:metinf"><Next>2</Next></Anchor></Meta></Item></Alert>';

describe('the grammar of SyncML 1.2', () => {
  it.each([
    ['an Alert with an anchor', alert],
    [
      'an empty Sync',
      '<Sync><CmdID>1</CmdID><Target><LocURI>t</LocURI></Target><Source><LocURI>s</LocURI></Source></Sync>',
    ],
    [
      'foreign elements in Data',
      '<Replace><CmdID>1</CmdID><Item><Data><x:modifications version="1.0" xmlns:x="http://www.xmldb.org/xupdate"><x:remove select="/a"/></x:modifications></Data></Item></Replace>',
    ],
    [
      'a document without namespace in Data',
      '<Add><CmdID>1</CmdID><Item><Data><object xmlns="" a="b">t<c/></object></Data></Item></Add>',
    ],
    [
      'a DevInf in Data',
      '<Put><CmdID>1</CmdID><Item><Data><DevInf xmlns="syncml:devinf"><VerDTD>1.2</VerDTD><DevID>1</DevID><DevTyp>server</DevTyp><DataStore>' +
        '<SourceRef>x</SourceRef><Rx-Pref><CTType>text/xml</CTType><VerCT>1.0</VerCT></Rx-Pref><Tx-Pref><CTType>text/xml</CTType><VerCT>1.0</VerCT></Tx-Pref>' +
        '<SyncCap><SyncType>1</SyncType></SyncCap></DataStore></DevInf></Data></Item></Put>',
    ],
  ])('accepts %s', (_, body) => {
    expect(() => {
      expectValidSyncMl(message(body));
    }).not.toThrow();
  });

  it.each([
    ['a message in the namespace of SyncML 1.1', message(alert, 'SYNCML:SYNCML1.1')],
    ['a message without namespace', message(alert, '')],
    ['an empty body', `<SyncML xmlns="SYNCML:SYNCML1.2">${header}<SyncBody><Final/></SyncBody></SyncML>`],
    ['an Alert without CmdID', message(alert.replace('<CmdID>1</CmdID>', ''))],
    ['an empty CmdID', message(alert.replace('<CmdID>1</CmdID>', '<CmdID/>'))],
    ['Source before Target', message(alert.replace(/(<Target>.*<\/Target>)(<Source>.*<\/Source>)/, '$2$1'))],
    ['an Anchor that is not in the namespace of MetInf', message(alert.replace(' xmlns="syncml:metinf"', ''))],
    ['an Anchor without Next', message(alert.replace('<Next>2</Next>', '<Last>2</Last>'))],
    [
      'Data after the items of an Alert',
      message(alert.replace('<Data>200</Data>', '').replace('</Alert>', '<Data>200</Data></Alert>')),
    ],
    ['an Alert in a Sync', message(`<Sync><CmdID>1</CmdID>${alert}</Sync>`)],
    ['an Add without items', message('<Add><CmdID>1</CmdID></Add>')],
    [
      'a Status whose Data is no code',
      message(
        '<Status><CmdID>1</CmdID><MsgRef>1</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd><Data>fine</Data></Status>',
      ),
    ],
    ['an unknown command', message('<Frobnicate><CmdID>1</CmdID></Frobnicate>')],
    [
      'a DevInf without DataStore',
      message(
        '<Put><CmdID>1</CmdID><Item><Data><DevInf xmlns="syncml:devinf"><VerDTD>1.2</VerDTD><DevID>1</DevID><DevTyp>x</DevTyp></DevInf></Data></Item></Put>',
      ),
    ],
    ['text between commands', message(`text${alert}`)],
  ])('refuses %s', (_, text) => {
    expect(() => {
      expectValidSyncMl(text);
    }).toThrow(/not valid SyncML/);
  });
});
