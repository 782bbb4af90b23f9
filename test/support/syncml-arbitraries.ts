import fc from 'fast-check';
import type { Chal, Cred } from '../../src/syncml/cred.ts';
import type { DevInf } from '../../src/syncml/devinf.ts';
import type { Item, Location } from '../../src/syncml/item.ts';
import type { Command, SyncMlMessage } from '../../src/syncml/message.ts';
import type { Anchor, Meta } from '../../src/syncml/meta.ts';
import type { SyncCommand } from '../../src/syncml/sync.ts';

type Draft<T> = { -readonly [K in keyof T]?: T[K] | undefined };

/** Any text that XML 1.0 can express, rich in what escaping can get wrong. */
export const xmlText: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '<',
        '>',
        '&',
        ']]>',
        ']]',
        ']',
        '"',
        "'",
        '\r',
        '\n',
        '\t',
        ' ',
        '<![CDATA[',
        '<!--',
        '&amp;',
        '\u{1F600}',
        'é',
        '\uFFFD',
        '\u2028',
        '\u0085',
      ),
      fc
        .string({ unit: 'binary', maxLength: 8 })
        .map((text) => text.replace(/[^\t\n\r -\uFFFD]|[\uD800-\uDFFF]/g, '_')),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));

const token = fc.stringMatching(/^[A-Za-z0-9./:+=_-]{1,12}$/);
const size = fc.nat({ max: 2 ** 31 });
const flag = fc.constant(true as const);

/** Without keys that are undefined, as the codec gives them. */
function compact<T>(record: Draft<T>): T {
  // Only keys without a value are taken away, and those are the optional ones.
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as T;
}

function optional<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.option(arbitrary, { nil: undefined, freq: 2 });
}

function nonEmpty<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T[]> {
  return fc.array(arbitrary, { minLength: 1, maxLength: 3 });
}

const location = fc.record({ locUri: xmlText, locName: optional(xmlText) }).map((parts) => compact<Location>(parts));
const anchor = fc
  .record({ last: optional(xmlText.filter((text) => text !== '')), next: xmlText })
  .map((parts) => compact<Anchor>(parts));

const meta = fc
  .record({
    format: optional(token),
    type: optional(token),
    size: optional(size),
    anchor: optional(anchor),
    nextNonce: optional(token),
    maxMsgSize: optional(size),
    maxObjSize: optional(size),
    emi: optional(nonEmpty(xmlText)),
  })
  .map((parts) => compact<Meta>(parts));

const cred = fc.record({ meta: optional(meta), data: token }).map((parts) => compact<Cred>(parts));
const chal = fc.record({ meta }).map((parts): Chal => parts);

const markup = fc.constantFrom(
  '<a/>',
  '<a xmlns="urn:a"><b xmlns=""/></a>',
  '<x:modifications xmlns:x="http://www.xmldb.org/xupdate" version="1.0"><x:update select="/a">1 &lt; 2</x:update></x:modifications>',
  '<object id="&quot;&#10;">text<!--comment--><?pi body?><c/>tail</object>',
  '<Anchor xmlns="syncml:metinf"><Next>1</Next></Anchor>',
);

const content = fc.oneof(
  fc.constant({}),
  xmlText.map((data) => ({ data })),
  markup.map((data) => ({ data, dataIsMarkup: true as const })),
);

const item = fc
  .tuple(
    fc.record({
      target: optional(location),
      source: optional(location),
      sourceParent: optional(xmlText),
      targetParent: optional(xmlText),
      meta: optional(meta),
      moreData: optional(flag),
    }),
    content,
  )
  .map(([parts, data]) => ({ ...compact<Item>(parts), ...data }));

const head = { cmdId: token, noResp: optional(flag) };
const access = { cred: optional(cred), meta: optional(meta) };
const items = nonEmpty(item);

function group<C>(inner: fc.Arbitrary<C>): fc.Arbitrary<Record<string, unknown>> {
  return fc.record({
    kind: fc.constantFrom('Sequence', 'Atomic'),
    ...head,
    meta: optional(meta),
    commands: nonEmpty(inner),
  });
}

function command<C>(arbitrary: fc.Arbitrary<object>): fc.Arbitrary<C> {
  // The record was made with the keys of one of the commands.
  return arbitrary.map((parts) => compact<C>(parts as Draft<C>));
}

const change = command<SyncCommand>(
  fc.oneof(
    fc.record({ kind: fc.constantFrom('Add', 'Replace'), ...head, ...access, items }),
    fc.record({
      kind: fc.constant('Delete'),
      ...head,
      ...access,
      archive: optional(flag),
      sftDel: optional(flag),
      items,
    }),
  ),
);

const syncCommand = fc.oneof(
  { weight: 4, arbitrary: change },
  { weight: 1, arbitrary: command<SyncCommand>(group(change)) },
);

const bodyCommand = command<Command>(
  fc.oneof(
    change,
    fc.record({
      kind: fc.constant('Sync'),
      ...head,
      ...access,
      target: optional(location),
      source: optional(location),
      numberOfChanges: optional(size),
      commands: fc.array(syncCommand, { maxLength: 4 }),
    }),
    fc.record({
      kind: fc.constant('Status'),
      cmdId: token,
      msgRef: size,
      cmdRef: token,
      cmd: token,
      targetRefs: optional(nonEmpty(xmlText)),
      sourceRefs: optional(nonEmpty(xmlText)),
      cred: optional(cred),
      chal: optional(chal),
      code: fc.integer({ min: 100, max: 599 }),
      items: optional(items),
    }),
    fc.record({
      kind: fc.constant('Alert'),
      ...head,
      cred: optional(cred),
      code: fc.integer({ min: 100, max: 599 }),
      correlator: optional(xmlText),
      items: fc.array(item, { maxLength: 2 }),
    }),
    fc.record({
      kind: fc.constant('Map'),
      cmdId: token,
      target: location,
      source: location,
      ...access,
      mapItems: nonEmpty(fc.record({ target: location, source: location })),
    }),
    fc.record({ kind: fc.constantFrom('Put', 'Get'), ...head, lang: optional(token), ...access, items }),
    fc.record({
      kind: fc.constant('Results'),
      cmdId: token,
      msgRef: optional(size),
      cmdRef: token,
      meta: optional(meta),
      targetRef: optional(xmlText),
      sourceRef: optional(xmlText),
      items,
    }),
    group(change),
  ),
);

const header = fc
  .record({
    verDtd: fc.constant('1.2'),
    verProto: fc.constant('SyncML/1.2'),
    sessionId: token,
    msgId: size,
    target: location,
    source: location,
    respUri: optional(xmlText),
    noResp: optional(flag),
    cred: optional(cred),
    meta: optional(meta),
  })
  .map((parts) => compact<SyncMlMessage['header']>(parts));

/** Any item. */
export const anyItem: fc.Arbitrary<Item> = item;

/** Any message that the standard allows and Concord can write. */
export const anyMessage: fc.Arbitrary<SyncMlMessage> = fc.record({
  header,
  body: nonEmpty(bodyCommand),
  isFinal: fc.boolean(),
});

const contentType = fc.record({ ctType: token, verCt: token });

const dataStore = fc
  .record({
    sourceRef: xmlText,
    displayName: optional(xmlText),
    rxPref: contentType,
    rx: optional(nonEmpty(contentType)),
    txPref: contentType,
    tx: optional(nonEmpty(contentType)),
    syncTypes: nonEmpty(size),
  })
  .map((parts) => compact<DevInf['dataStores'][number]>(parts));

/** Any device information that the standard allows. */
export const anyDevInf: fc.Arbitrary<DevInf> = fc
  .record({
    verDtd: fc.constant('1.2'),
    man: optional(xmlText),
    mod: optional(xmlText),
    swV: optional(xmlText),
    devId: xmlText,
    devTyp: token,
    utc: optional(flag),
    supportLargeObjs: optional(flag),
    supportNumberOfChanges: optional(flag),
    dataStores: nonEmpty(dataStore),
    ext: optional(nonEmpty(fc.record({ xNam: token, xVals: fc.array(token, { maxLength: 3 }) }))),
  })
  .map((parts) => compact<DevInf>(parts));
