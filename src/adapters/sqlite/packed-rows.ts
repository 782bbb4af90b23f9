import { deflateRawSync, inflateRawSync } from 'node:zlib';

/**
 * What rows of subscribers, and the answers kept beside them, look like. Who packs and who unpacks must have the same: it is never changed, only followed by another one
 * with another mark.
 */
const dictionary = Buffer.from(
  '{"publication":"","url":"http://localhost:9673/","account":"synchronizer","tokenHash":"","terms":{"mode":"two-way","strategy":["create","update","delete"],' +
    '"conflictPolicy":"ASK","updatePolicy":"ASK"},"state":{"subscriberEpoch":"","generation":1,"checkpoints":[{"publisher":{"epoch":"","seq":100,"hash":""},' +
    '"subscriber":{"epoch":"","seq":1,"hash":""},"takenUpTo":0},{"publisher":{"epoch":""}],"agreedAnchor":"","sessionNumber":1,"takenUpTo":0,"inFlightUpTo":0,' +
    '"conflictsUpTo":0,"lastSeenAt":{"epoch":"","seq":1,"hash":""},"introducedBy":"","introduction":{"subscription":1,"firstSession":""},' +
    '"lastExchange":{"session":"","message":1,"digest":""},"offered":{"anchor":"","checkpoint":{"publisher":{"epoch":"","seq":1,"hash":""},' +
    '"subscriber":{"epoch":"","seq":1,"hash":""},"takenUpTo":0},"conflictsUpTo":0},"lastSyncAt":17}}' +
    '<?xml version="1.0" encoding="UTF-8"?><SyncML xmlns="SYNCML:SYNCML1.2"><SyncHdr><VerDTD>1.2</VerDTD><VerProto>SyncML/1.2</VerProto><SessionID></SessionID>' +
    '<MsgID>1</MsgID><Target><LocURI>http://localhost:9673/</LocURI></Target><Source><LocURI>https://</LocURI></Source><Meta>' +
    '<MaxMsgSize xmlns="syncml:metinf">1048576</MaxMsgSize></Meta></SyncHdr><SyncBody><Status><CmdID>1</CmdID><MsgRef>1</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd>' +
    '<TargetRef></TargetRef><SourceRef>http://localhost:9673/</SourceRef><Data>212</Data></Status><Status><CmdID>2</CmdID><MsgRef>1</MsgRef><CmdRef>1</CmdRef>' +
    '<Cmd>Alert</Cmd><Data>200</Data><Item><Data><Anchor xmlns="syncml:metinf"><Next></Next></Anchor></Data></Item></Status><Alert><CmdID>3</CmdID><Data>200</Data>' +
    '<Item><Target><LocURI></LocURI></Target><Source><LocURI></LocURI></Source><Meta><Anchor xmlns="syncml:metinf"><Last></Last><Next></Next></Anchor>' +
    '<EMI xmlns="syncml:metinf">position=</EMI><EMI xmlns="syncml:metinf">generation=1</EMI><EMI xmlns="syncml:metinf">deletions=0</EMI>' +
    '<EMI xmlns="syncml:metinf">members=0</EMI></Meta></Item></Alert><Status><CmdID>4</CmdID><MsgRef>1</MsgRef><CmdRef>2</CmdRef><Cmd>Sync</Cmd><Data>200</Data></Status>' +
    '<Sync><CmdID>5</CmdID><Target><LocURI></LocURI></Target><Source><LocURI></LocURI></Source></Sync><Final/></SyncBody></SyncML>',
);
/** Begins what is packed with this dictionary. No text of Concord's, and no sealed message, begins so. */
const mark = 0x01;
/** Longer ones are on their way, and are written anew soon: packing them would only cost time. */
const longestOctets = 8_192;
const settings = { dictionary, level: 4, memLevel: 5, windowBits: 13, chunkSize: 2_048 };
const reading = { dictionary, windowBits: 13, chunkSize: 8_192 };

/** The octets as they are kept: a fifth of them where they are few and look like what is expected, else as they are. */
export function pack(octets: Uint8Array): Uint8Array {
  if (octets.length > longestOctets) return octets;
  return Buffer.concat([Buffer.of(mark), deflateRawSync(octets, settings)]);
}

/** What was packed; what was not is given back as it is. */
export function unpack(kept: Uint8Array): Uint8Array {
  return kept[0] === mark ? inflateRawSync(kept.subarray(1), reading) : kept;
}
