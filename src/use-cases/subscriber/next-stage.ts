import type { SubscriberSession } from '../../synchronization/subscription.ts';
import type { SyncMlMessage } from '../../syncml/message.ts';

// `over`: the session has ended with this answer.
type NextStage = 'over' | Pick<SubscriberSession, 'stage' | 'hasClaimed'>;

/** What a session does after an answer to its present stage; `members` are the objects that the publisher has. */
export function nextStage(
  session: SubscriberSession,
  answer: { readonly message: SyncMlMessage; readonly hasItems: boolean; readonly members: number },
): NextStage {
  const { stage, hasClaimed } = session;
  switch (stage) {
    case 'opening':
      // To a publisher that never had anything all that may be sent goes at once; else what is here is named first.
      return answer.members === 0 && session.mayPush && session.number === 1
        ? { stage: 'sending', hasClaimed }
        : { stage: 'claiming', hasClaimed };
    case 'claiming':
    case 'sending':
      return { stage, hasClaimed };
    case 'receiving':
      if (!answer.message.isFinal) return { stage, hasClaimed };
      return answer.hasItems ? { stage: 'ending', hasClaimed } : 'over';
    case 'ending':
      return answer.hasItems ? { stage, hasClaimed } : 'over';
    default:
      return stage satisfies never;
  }
}
