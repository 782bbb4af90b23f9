import type { Gid } from '../../objects/gid.ts';
import type { Position } from '../../objects/position.ts';
import type { Claim } from '../../synchronization/change.ts';
import { keepsBack } from '../../synchronization/subscription.ts';
import type { ClaimAnswer, Claimed } from './answer-claim.ts';
import { answerClaim } from './answer-claim.ts';
import { TwinFinder } from './find-twin.ts';
import type { Reception } from './reception.ts';

/** The claims of one package of a comparison, each answered by what is here and by those before it. Remembers which objects are here under another gid, hence a class. */
export class Claims {
  readonly #reception: Reception;
  readonly #twins = new Map<Gid, Gid>();
  readonly #twinFinder: TwinFinder;

  constructor(reception: Reception, head: Position) {
    this.#reception = reception;
    const { context, publication, keyOf } = reception;
    const { collection, root } = publication;
    this.#twinFinder = new TwinFinder({ reader: context.store, collection, root, head: head.seq, keyOf });
  }

  async answer(gid: Gid, claim: Claim, here: Pick<Claimed, 'draft' | 'seq' | 'isOutside'>): Promise<ClaimAnswer> {
    const { context, publication, subscriber, keys, mayPush, isRefresh, hasOnlyGrown, subscribersWrite } =
      this.#reception;
    return answerClaim(gid, claim, {
      ...here,
      reader: context.store,
      root: publication.root,
      twins: this.#twins,
      twinFinder: this.#twinFinder,
      keys,
      mayPush,
      sendsEdits: mayPush && !keepsBack(subscriber.terms, 'update'),
      isRefresh,
      hasOnlyGrown: hasOnlyGrown && !isRefresh,
      subscribersWrite,
    });
  }
}
