import { AuthenticityError } from '../../errors/concord-error.ts';
import type { Subscriber } from '../../synchronization/subscriber.ts';
import { readCred } from '../../syncml/cred.ts';
import type { SyncMlMessage } from '../../syncml/message.ts';
import type { EngineServices } from '../exchange/engine-services.ts';
import type { Actor, SiteContext } from '../site-context.ts';
import { requireRoom } from './room-for-subscriber.ts';
import { hashOf, isSameSecret, requireSynchronizer } from './credentials.ts';

/** Who asks, by the credential of the message. */
export interface Admitted {
  readonly actor: Actor;
  /** It came with the password: it gets a token for the next time. */
  readonly needsToken: boolean;
}

/**
 * Checks the credential. A subscription belongs to the account that used it first (engine.md §11).
 * @throws AuthenticityError CON-A001 without one that is good; CON-A002 for an account that may not; CON-A003 (`later`) for one that is locked
 * @throws RequestError CON-E011 for a new subscriber of an account that has as many as one may have
 */
export async function admit(
  {
    context,
    services,
    message,
  }: { readonly context: SiteContext; readonly services: EngineServices; readonly message: SyncMlMessage },
  subscriber: Subscriber | undefined,
): Promise<Admitted> {
  const { cred } = message.header;
  if (cred === undefined) throw new AuthenticityError('CON-A001', 'Credentials are missing');
  const credential = readCred(cred);
  switch (credential.kind) {
    case 'token': {
      const isKnown = subscriber !== undefined && isSameSecret(hashOf(credential.token), subscriber.tokenHash);
      const actor = isKnown ? await services.actorNamed(subscriber.account) : undefined;
      if (actor === undefined) throw new AuthenticityError('CON-A001', 'The token is not known');
      requireSynchronizer(actor);
      return { actor, needsToken: false };
    }
    case 'basic': {
      const actor = await services.authenticate(credential.user, credential.password);
      if (actor === undefined) throw new AuthenticityError('CON-A001', 'User name or password are wrong');
      requireSynchronizer(actor);
      if (subscriber !== undefined && subscriber.account !== actor.name)
        throw new AuthenticityError('CON-A002', 'This subscription belongs to another account');
      if (subscriber === undefined) await requireRoom(context, actor.name);
      return { actor, needsToken: true };
    }
    case 'unsupported':
      throw new AuthenticityError('CON-A001', `Credentials of the type ${credential.type} are not understood`);
    default:
      return credential satisfies never;
  }
}
