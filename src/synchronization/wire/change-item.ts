import { ProtocolError } from '../../errors/concord-error.ts';
import type { Edits } from '../../objects/edit.ts';
import type { Gid } from '../../objects/gid.ts';
import { parseGid, topGid } from '../../objects/gid.ts';
import { decodeEmi } from '../../syncml/emi.ts';
import type { Item } from '../../syncml/item.ts';
import type { SyncCommand } from '../../syncml/sync.ts';
import type { Change, ChangedEnvelope } from '../change.ts';
import type { ChangeTokens } from './change-tokens.ts';
import { decodeChangeTokens, encodeChangeTokens } from './change-tokens.ts';
import { withListsInData, withListsInMeta } from './long-lists.ts';

/** Media type of a whole document. */
const documentType = 'text/xml';
/** Media type of an XUpdate. */
const xupdateType = 'application/xupdate+xml';
/** Media type of a conflict's note. */
export const conflictType = 'application/vnd.concord.conflict+json';

/** In which command a change stands: those of the same kind and media type share one (SyncML Representation 1.2, Item+). */
export interface Envelope {
  readonly command: 'Add' | 'Replace' | 'Delete' | 'SoftDelete';
  readonly type: string | undefined;
}

/** A parent at the top of the collection; no gid looks like it. */
const topUri = '/';

/** The command that carries a change. */
export function envelopeOf(change: Change): Envelope {
  switch (change.kind) {
    case 'put':
      if (change.document.form === 'same') return { command: 'Replace', type: undefined };
      if (change.document.form === 'xupdate') return { command: 'Replace', type: xupdateType };
      return { command: change.base === undefined ? 'Add' : 'Replace', type: documentType };
    case 'delete':
      return { command: 'Delete', type: undefined };
    case 'leave':
      return { command: 'SoftDelete', type: undefined };
    case 'close':
    case 'have':
      return { command: 'Replace', type: undefined };
    default:
      return change satisfies never;
  }
}

/** The item that carries a change; `epoch` is the sender's. */
export function itemOf(change: Change, epoch: string): Item {
  const emi = encodeChangeTokens(tokensOf(change), epoch);
  const envelope = envelopeFieldsOf(change);
  const data = change.kind === 'put' && change.document.form !== 'same' ? change.document.text : undefined;
  return withListsInData({
    source: { locUri: change.gid, ...(envelope.id !== undefined && { locName: envelope.id }) },
    ...(envelope.parent !== undefined && { sourceParent: envelope.parent === topGid ? topUri : envelope.parent }),
    meta: { emi },
    ...(data !== undefined && { data }),
  });
}

/** Reads a change from an item and the command that it stands in. @throws ProtocolError CON-S001 when it is not one of Concord's */
export function changeOf(sent: Item, command: SyncCommand, epoch: string): Change {
  const item = withListsInMeta(sent);
  const gid = parseGid(item.source?.locUri ?? item.target?.locUri ?? '');
  if (gid === undefined) throw new ProtocolError('CON-S001', 'An item has no address');
  const tokens = decodeChangeTokens(decodeEmi(item.meta?.emi), epoch);
  const closes = tokens.closes ?? [];
  if (command.kind === 'Delete') {
    const kind = command.sftDel === true ? 'leave' : 'delete';
    const { number, base, over, knownAs } = tokens;
    return { kind, gid, number, base, edits: editsOf(tokens), closes, over, knownAs };
  }
  if (tokens.documentDigest !== undefined) return haveOf(gid, item, tokens);
  const { number, result } = tokens;
  if (result === undefined) return { kind: 'close', gid, number, closes };
  const type = typeOf(item, command);
  const form = type === xupdateType ? 'xupdate' : 'whole';
  return {
    kind: 'put',
    gid,
    number,
    base: tokens.base,
    result,
    envelope: { parent: parentOf(item), id: item.source?.locName, type: tokens.type },
    document: item.data === undefined ? { form: 'same' } : { form, text: item.data },
    edits: editsOf(tokens),
    closes,
    ...(tokens.equivalent !== undefined && { equivalent: tokens.equivalent }),
    ...(tokens.hasLeft === true && { hasLeft: true }),
    ...(tokens.over !== undefined && { over: tokens.over }),
  };
}

/** The media type of an item's data: its own, else its command's. */
export function typeOf(item: Item, command: SyncCommand): string | undefined {
  return item.meta?.type ?? (command.kind === 'Add' || command.kind === 'Replace' ? command.meta?.type : undefined);
}

function haveOf(gid: Gid, item: Item, tokens: ChangeTokens): Change {
  const { number, result, documentDigest, type, key, equivalent } = tokens;
  const id = item.source?.locName;
  if (result === undefined || documentDigest === undefined || id === undefined || type === undefined) {
    throw new ProtocolError('CON-S001', 'An object is named without what it is');
  }
  const wasAgreed = tokens.wasAgreed === true;
  return {
    kind: 'have',
    gid,
    number,
    claim: {
      result,
      documentDigest,
      parent: parentOf(item) ?? topGid,
      id,
      type,
      key,
      wasAgreed,
      ...(equivalent && { equivalent }),
    },
  };
}

function tokensOf(change: Change): ChangeTokens {
  switch (change.kind) {
    case 'put': {
      const { number, base, result, edits, closes, equivalent, hasLeft, over } = change;
      return { number, base, result, edits, type: change.envelope.type, closes, equivalent, hasLeft, over };
    }
    case 'delete':
    case 'leave':
      return {
        number: change.number,
        base: change.base,
        edits: change.edits,
        closes: change.closes,
        over: change.over,
        knownAs: change.knownAs,
      };
    case 'close':
      return { number: change.number, closes: change.closes };
    case 'have': {
      const { result, documentDigest, type, key, wasAgreed, equivalent } = change.claim;
      return { number: change.number, result, documentDigest, type, key, wasAgreed, equivalent };
    }
    default:
      return change satisfies never;
  }
}

function envelopeFieldsOf(change: Change): Pick<ChangedEnvelope, 'parent' | 'id'> {
  if (change.kind === 'put') return change.envelope;
  if (change.kind === 'have') return change.claim;
  return { parent: undefined, id: undefined };
}

function parentOf(item: Item): Gid | undefined {
  if (item.sourceParent === undefined) return undefined;
  if (item.sourceParent === topUri) return topGid;
  const parent = parseGid(item.sourceParent);
  if (parent === undefined) throw new ProtocolError('CON-S001', 'The parent of an item has no address');
  return parent;
}

function editsOf(tokens: ChangeTokens): Edits {
  if (tokens.edits === undefined) throw new ProtocolError('CON-S001', 'A change does not say who made it');
  return tokens.edits;
}
