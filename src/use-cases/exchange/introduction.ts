import { TransportError } from '../../errors/concord-error.ts';
import type { DevInf } from '../../syncml/devinf.ts';
import {
  ConcordFeature,
  devInfItem,
  devInfType,
  devInfUri,
  offeredFeatures,
  offerFeatures,
  SyncType,
} from '../../syncml/devinf.ts';
import type { Command, SyncMlMessage } from '../../syncml/message.ts';
import { StatusCode } from '../../syncml/status.ts';
import { decodeDevInf } from '../../syncml/xml/decode-devinf.ts';
import { encodeDevInf } from '../../syncml/xml/encode-devinf.ts';

/** Who introduces itself: the site, and the datastore that is synchronised. */
export interface Introduced {
  readonly site: string;
  readonly dataStore: string;
}

/** What a subscriber says of itself at first contact, and asks of the publisher (SyncML DevInf 1.2). */
export function introduce(introduced: Introduced, number: () => string): readonly Command[] {
  const item = devInfItem(encodeDevInf(devInfOf(introduced)));
  return [
    { kind: 'Put', cmdId: number(), meta: { type: devInfType }, items: [item] },
    { kind: 'Get', cmdId: number(), meta: { type: devInfType }, items: [{ target: { locUri: devInfUri } }] },
  ];
}

/** The publisher's answer to the Put and Get of an introduction: a Status for each, and its own device information. */
export function answerIntroduction(
  message: SyncMlMessage,
  introduced: Introduced,
  number: () => string,
): readonly Command[] {
  const { msgId: msgRef } = message.header;
  return message.body.flatMap((command): readonly Command[] => {
    if (command.kind !== 'Put' && command.kind !== 'Get') return [];
    const { kind, cmdId: cmdRef } = command;
    const isKnown = kind === 'Put' || command.items.some((item) => item.target?.locUri === devInfUri);
    const code = isKnown ? StatusCode.Ok : StatusCode.NotFound;
    const status: Command = { kind: 'Status', cmdId: number(), msgRef, cmdRef, cmd: kind, code };
    if (kind === 'Put' || !isKnown) return [status];
    const items = [devInfItem(encodeDevInf(devInfOf(introduced)))];
    return [status, { kind: 'Results', cmdId: number(), msgRef, cmdRef, meta: { type: devInfType }, items }];
  });
}

/**
 * Nothing of Concord's own is sent to a peer that has not offered it (design.md §3).
 * @throws TransportError CON-T002 when the answer to an introduction comes from something else than a Concord site
 */
export function requireConcord(message: SyncMlMessage): void {
  const results = message.body.find((command) => command.kind === 'Results');
  const data = results?.items[0]?.data;
  const offered = data === undefined ? new Set<string>() : offeredFeatures(decodeDevInf(data));
  const isConcord = Object.values(ConcordFeature).every((feature) => offered.has(feature));
  if (!isConcord) throw new TransportError('CON-T002', 'The address answers in SyncML, but not as a Concord site');
}

function devInfOf({ site, dataStore }: Introduced): DevInf {
  const document = { ctType: 'text/xml', verCt: '1.0' };
  return {
    verDtd: '1.2',
    man: 'Concord',
    mod: 'Concord',
    devId: site,
    devTyp: 'server',
    utc: true,
    supportLargeObjs: true,
    supportNumberOfChanges: true,
    dataStores: [
      { sourceRef: dataStore, rxPref: document, txPref: document, syncTypes: [SyncType.TwoWay, SyncType.SlowSync] },
    ],
    ext: [offerFeatures(Object.values(ConcordFeature))],
  };
}
