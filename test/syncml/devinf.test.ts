import { describe, expect, it } from 'vitest';
import { ConcordFeature, offerFeatures, offeredFeatures } from '../../src/syncml/devinf.ts';
import { anchorItem, echoedAnchor } from '../../src/syncml/anchor-echo.ts';
import { decodeDevInf } from '../../src/syncml/xml/decode-devinf.ts';

describe('device information', () => {
  it('offers features of Concord in an extension of its own, unknown ones included', () => {
    const devInf = {
      verDtd: '1.2',
      devId: 'd',
      devTyp: 'server',
      dataStores: [],
      ext: [offerFeatures([ConcordFeature.XUpdate, 'later'])],
    };
    expect([...offeredFeatures(devInf)]).toEqual(['xupdate', 'later']);
  });

  it('offers none for peers that have extensions of theirs, or none', () => {
    const devInf = { verDtd: '1.2', devId: 'd', devTyp: 'phone', dataStores: [] };
    expect(offeredFeatures(devInf).size).toBe(0);
    expect(offeredFeatures({ ...devInf, ext: [{ xNam: 'X-Other', xVals: ['xupdate'] }] }).size).toBe(0);
  });

  it('is read from a phone that uses version 1.1, another order and property lists', () => {
    const text =
      '<DevInf><VerDTD> 1.1 </VerDTD><DevTyp>phone</DevTyp><DevID>IMEI:1</DevID><DataStore><Tx-Pref><CTType>text/x-vcard</CTType><VerCT>2.1</VerCT></Tx-Pref>' +
      '<SourceRef>./contacts</SourceRef><SyncCap><SyncType>1</SyncType><SyncType>390001</SyncType><SyncType>x</SyncType></SyncCap></DataStore>' +
      '<CTCap><CTType>text/x-vcard</CTType><PropName>N</PropName></CTCap><SupportLargeObjs/></DevInf>';
    expect(decodeDevInf(text)).toEqual({
      verDtd: '1.1',
      devId: 'IMEI:1',
      devTyp: 'phone',
      supportLargeObjs: true,
      dataStores: [
        {
          sourceRef: './contacts',
          rxPref: { ctType: '', verCt: '' },
          txPref: { ctType: 'text/x-vcard', verCt: '2.1' },
          syncTypes: [1, 390001],
        },
      ],
    });
  });

  it('is refused when it is something else', () => {
    expect(() => decodeDevInf('<html/>')).toThrow(expect.objectContaining({ code: 'CON-S001' }));
    expect(() => decodeDevInf('DevInf')).toThrow(expect.objectContaining({ code: 'CON-X001' }));
  });
});

describe('an anchor echoed in a Status', () => {
  it('is read from the item that was made for it', () => {
    expect(echoedAnchor(anchorItem({ last: '<1>', next: '2' }))).toEqual({ last: '<1>', next: '2' });
  });

  it.each([
    { data: 'text' },
    { data: '<a/>', dataIsMarkup: true as const },
    { data: 'text<a/>', dataIsMarkup: true as const },
    {},
  ])('is not found in %j', (item) => {
    expect(echoedAnchor(item)).toBeUndefined();
  });
});
