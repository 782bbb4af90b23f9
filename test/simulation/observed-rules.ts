import { siteAuthor } from '../../src/objects/edit.ts';
import type { Batch } from '../../src/ports/site-store.ts';
import type { Conflict } from '../../src/synchronization/conflict.ts';
import type { Exception } from '../../src/synchronization/exception.ts';
import type { Occurrences } from './occurrences.ts';

export const comparisonRule = '§7 digests are compared';
/** A sync that read no more than it changed, with much beside that nobody had touched. */
export const cheapSync = '§3 a cheap sync among many quiet objects';

// What is seen in messages. Status codes are those of docs/adr/0004-places-on-the-wire.md.
const inMessages: ReadonlyMap<string, string> = new Map([
  ['<Data>207</Data>', '§4 merged on an older base'],
  ['<Data>208</Data>', '§6 the incoming value stands'],
  ['<Data>211</Data>', '§4 deleted on both sides'],
  ['<Data>214</Data>', '§8 a deletion waits for permission'],
  ['<Data>425</Data>', '§6 refused for want of a right'],
  ['<Data>409</Data>', '§4 not taken in'],
  ['<Data>412</Data>', '§4 asked for the whole document'],
  ['<Data>418</Data>', '§1 known here under another gid'],
  ['<Data>419</Data>', '§5 the publisher’s value stands'],
  ['<SftDel/>', '§7 left the query'],
  ['application/xupdate+xml', '§4 sent as XUpdate'],
  ['conflict+json', '§5 the list of conflicts travels'],
  ['<MoreData/>', '§11 a document in pieces'],
  ['>d=', comparisonRule],
  ['>c=', '§5 an edit names the conflict that it closes'],
  ['>needs=comparison', '§9 no common pair: compared'],
  ['>needs=checkpoints', '§9 asked for all pairs'],
  ['>needs=go-back', '§9 went back to a common pair'],
]);

const seen = new RegExp([...inMessages.keys()].map((text) => text.replaceAll('+', '\\+')).join('|'), 'g');

/** Which rules show in a message. */
export function noteMessage(text: string, occurrences: Occurrences): void {
  for (const [found] of text.matchAll(seen)) occurrences.count(inMessages.get(found) ?? found);
}

const ofExceptions: Readonly<Record<Exclude<Exception['reason'], 'withheld'>, string>> = {
  received: '§3 the outcome differs from what was received',
  'not-taken': '§3 what was sent was not taken in',
  held: '§7 digests are equal',
  'with-parent': '§7 comes or goes with what is above it',
  wanted: '§3 wanted whole',
  refused: '§3 refused',
  waits: '§4 a version waits for an own edit to be sent',
  elsewhere: '§3 stands elsewhere at the subscriber',
};

const lossyBelow = '§4 a subscriber has less than what it took in';
const lossyAbove = '§4 a publisher has less than what it was sent';
const carried = '§4 unsent edits are carried over';
const placed = '§4 placement gives a name or a place';

/** Which rules show in what a site writes. */
export function noteBatch(batch: Batch, occurrences: Occurrences): void {
  for (const { exception } of batch.exceptions ?? []) {
    if (exception?.reason === 'withheld') occurrences.count(`§6 withheld by ${exception.by}`);
    else if (exception !== undefined) occurrences.count(ofExceptions[exception.reason]);
    if (exception?.reason === 'received' && exception.equivalent === true) occurrences.count(lossyAbove);
  }
  for (const conflict of batch.conflicts ?? []) occurrences.count(nameOf(conflict));
  if ((batch.aliases ?? []).length > 0) occurrences.count('§1 a gid is adopted at a first meeting');
  const taken = new Set<string>();
  for (const { draft } of batch.writes ?? []) {
    const { gid } = draft.version;
    if (draft.shadow !== undefined) occurrences.count(lossyBelow);
    if (draft.origin?.isExact === true) taken.add(gid);
    else if (draft.edits.main.by === siteAuthor) occurrences.count(placed);
    else if (taken.has(gid) && draft.origin === undefined) occurrences.count(carried);
  }
}

function nameOf({ state, field, settledBy, role }: Conflict): string {
  if (state === 'closing') return '§5 settled at a subscriber';
  if (state === 'settled') return `§5 settled by ${settledBy ?? 'nobody'}`;
  if (role === 'subscriber') return '§5 a copy of a conflict';
  if (field === 'existence') return '§5 edit against delete';
  return field === 'parent' || field === 'id' ? '§4 a place is kept as a wish' : '§5 a clash is kept as a conflict';
}

/** What must have happened in a run of many histories; otherwise it proves nothing of it. */
export const expectedRules: readonly string[] = [
  ...inMessages.values(),
  ...Object.values(ofExceptions),
  ...['mode', 'strategy', 'right', 'brake'].map((by) => `§6 withheld by ${by}`),
  ...['person', 'policy', 'equal-values'].map((by) => `§5 settled by ${by}`),
  '§5 settled at a subscriber',
  '§5 a copy of a conflict',
  '§5 edit against delete',
  '§5 a clash is kept as a conflict',
  '§4 a place is kept as a wish',
  '§1 a gid is adopted at a first meeting',
  '§9 compared with permission',
  cheapSync,
  lossyBelow,
  lossyAbove,
  carried,
  placed,
];

/** What must have gone wrong in a run of many histories. */
export const expectedFaults: readonly string[] = [
  'lost-request',
  'lost-answer',
  'doubled',
  'late',
  'delayed',
  'delayed, then late',
  'cut-request',
  'cut-answer',
  'killed publisher before a commit',
  'killed publisher after a commit',
  'killed subscriber before a commit',
  'killed subscriber after a commit',
  'given up and begun anew',
  'clock off by ten years',
  'restored the first publisher',
  'restored a hub',
  'restored a subscriber',
  'copied',
  'a copy was noticed',
  'garbage was collected',
  ...['lost', 'doubled', 'late', 'delayed', 'cut'].flatMap((mishap) => [`mail: ${mishap}`, `folder: ${mishap}`]),
  'mail: reordered',
  'a way that could not be used',
  'a message lies there when the next comes',
  '§9 a subscriber was taken off',
  '§9 not taken off, because conflicts wait',
  '§1 a second object with a generated gid was refused',
];
