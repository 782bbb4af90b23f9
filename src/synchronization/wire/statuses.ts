import type { Edits } from '../../objects/edit.ts';
import type { Gid } from '../../objects/gid.ts';
import { decodeEmi, encodeEmi } from '../../syncml/emi.ts';
import type { Item } from '../../syncml/item.ts';
import type { Status } from '../../syncml/status.ts';
import type { SyncCommand } from '../../syncml/sync.ts';
import type { Digest } from '../../xml/digest.ts';
import { parseDigest } from '../../xml/digest.ts';
import { parseGid } from '../../objects/gid.ts';
import { decodeEdits, encodeEdits } from './change-tokens.ts';

/** What is said of one item that was received. */
export interface ItemAnswer {
  readonly gid: Gid;
  readonly code: number;
  /** The digest that the object has at the answering side, where it is not the one that was sent. */
  readonly digest?: Digest | undefined;
  /** It was taken in, and this is what the answering side's conduit has written of it (engine.md §4). */
  readonly equivalent?: Digest | undefined;
  readonly knownAs?: Gid;
  /** Where it is the same under that gid: the edits that made it at the answering side. */
  readonly madeBy?: Edits | undefined;
  /** Fields that clash (409). */
  readonly clashes?: readonly string[];
}

/** Which command is answered, of which message. */
export interface Answered {
  readonly command: SyncCommand;
  readonly message: number;
  readonly answers: readonly ItemAnswer[];
}

/**
 * A Status for every item of a command (SyncML Representation 1.2, Status): one without references when all were taken in plainly, else one for each code, and
 * one of its own for each item of which there is more to say.
 */
export function statusesOf({ command, message, answers }: Answered, nextCommand: () => string): readonly Status[] {
  const cmd = command.kind === 'Other' ? command.name : command.kind;
  const make = (code: number, parts: Pick<Status, 'sourceRefs' | 'items'> = {}): Status => ({
    kind: 'Status',
    cmdId: nextCommand(),
    msgRef: message,
    cmdRef: command.cmdId,
    cmd,
    ...parts,
    code,
  });
  const plain = new Map<number, Gid[]>();
  const special: Status[] = [];
  for (const answer of answers) {
    const item = detailsOf(answer);
    if (item !== undefined) special.push(make(answer.code, { sourceRefs: [answer.gid], items: [item] }));
    else {
      const gids = plain.get(answer.code);
      if (gids === undefined) plain.set(answer.code, [answer.gid]);
      else gids.push(answer.gid);
    }
  }
  const [onlyCode] = plain.keys();
  if (onlyCode !== undefined && plain.size === 1 && special.length === 0 && onlyCode < 300) return [make(onlyCode)];
  return [...[...plain].map(([code, gids]) => make(code, { sourceRefs: gids })), ...special];
}

/** The items that Statuses speak of one by one; what is not mentioned was taken in as it was sent. @throws ProtocolError CON-S001 */
export function answersOf(statuses: readonly Status[]): readonly ItemAnswer[] {
  return statuses.flatMap((status) => {
    const emi = decodeEmi(status.items?.[0]?.meta?.emi);
    const digest = parseDigest(emi.get('r') ?? '');
    const equivalent = parseDigest(emi.get('q') ?? '');
    const knownAs = parseGid(emi.get('g') ?? '');
    const madeBy = decodeEdits(emi);
    const data = status.items?.[0]?.data;
    return (status.sourceRefs ?? []).flatMap((ref): readonly ItemAnswer[] => {
      const gid = parseGid(ref);
      if (gid === undefined) return [];
      return [
        {
          gid,
          code: status.code,
          digest,
          ...(equivalent && { equivalent }),
          ...(knownAs && { knownAs }),
          ...(madeBy && { madeBy }),
          ...(data !== undefined && { clashes: data.split('\n') }),
        },
      ];
    });
  });
}

function detailsOf({ digest, equivalent, knownAs, madeBy, clashes }: ItemAnswer): Item | undefined {
  const emi = encodeEmi({ r: digest, q: equivalent, g: knownAs, ...encodeEdits(madeBy) });
  if (emi.length === 0 && clashes === undefined) return undefined;
  return { ...(emi.length > 0 && { meta: { emi } }), ...(clashes !== undefined && { data: clashes.join('\n') }) };
}
