import type { Edit } from '../objects/edit.ts';
import { digestOfText } from '../xml/digest.ts';
import type { Policy } from './publication.ts';

/** Which value stands when both sides changed one field, as the publisher sees it; `ask`: the publisher's, and a person is asked. */
export type Verdict = 'publisher' | 'incoming' | 'ask';

/** The two edits that clash, with their values. */
export interface Contest {
  readonly publisher: { readonly edit: Edit | undefined; readonly value: string | undefined };
  readonly incoming: { readonly edit: Edit; readonly value: string | undefined };
  /** Whether the object came from the subscriber when it was created. */
  readonly isSubscribersObject: boolean;
  readonly now: number;
}

/**
 * The policy that counts: the publisher's own if set, else the subscriber's, seen from the other side (engine.md §6).
 */
export function effectivePolicy(publishers: Policy | undefined, subscribers: Policy): Policy {
  if (publishers !== undefined) return publishers;
  if (subscribers === 'THIS') return 'OTHER';
  return subscribers === 'OTHER' ? 'THIS' : subscribers;
}

/** Decides a clash. NEWER takes no clock's word for the future: a later time than now counts as now; equal times go to the greater digest. */
export function judge(policy: Policy, contest: Contest): Verdict {
  switch (policy) {
    case 'ASK':
      return 'ask';
    case 'THIS':
      return 'publisher';
    case 'OTHER':
      return 'incoming';
    case 'MASTER':
      return contest.isSubscribersObject ? 'incoming' : 'publisher';
    case 'NEWER':
      return newer(contest);
    default:
      return policy satisfies never;
  }
}

function newer({ publisher, incoming, now }: Contest): Verdict {
  const ours = Math.min(publisher.edit?.at ?? 0, now);
  const theirs = Math.min(incoming.edit.at, now);
  if (ours !== theirs) return ours > theirs ? 'publisher' : 'incoming';
  return digestOfText(publisher.value ?? '') >= digestOfText(incoming.value ?? '') ? 'publisher' : 'incoming';
}
