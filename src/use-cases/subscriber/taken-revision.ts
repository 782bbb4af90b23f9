import { InvariantError } from '../../errors/concord-error.ts';
import type { RevisionDraft } from '../../objects/revision.ts';
import type { Version } from '../../objects/version.ts';
import { digestOfVersion } from '../../objects/version.ts';
import type { Put, Removal } from '../../synchronization/change.ts';
import { fromCollection } from '../../synchronization/relative.ts';
import type { Subscription } from '../../synchronization/subscription.ts';
import type { XmlLimits } from '../../xml/limits.ts';
import type { KeyRules } from '../../xupdate/keys.ts';
import type { LocalState } from './local-versions.ts';
import type { Before, Counterparts, Writers, WrittenVersion } from './written-version.ts';
import { shadowed, writtenVersion } from './written-version.ts';

/** For whom, when and how a version is taken in. */
interface Taking {
  readonly subscription: Subscription;
  /** The epoch of the publisher's log. */
  readonly epoch: string;
  readonly receivedAt: number;
  readonly keys: KeyRules | undefined;
  readonly limits: XmlLimits | undefined;
  readonly writers: Writers;
}

/** The revision that a version of the publisher's, or its deletion, makes of an object here. */
export function takenRevision(
  change: Put | Removal,
  { incoming, local }: { readonly incoming: Version | undefined; readonly local: LocalState },
  { subscription, epoch, receivedAt, ...writing }: Taking,
): RevisionDraft {
  const origin = { peer: subscription.peer, epoch, number: change.number, isExact: true };
  const state = change.kind === 'put' ? 'present' : change.kind === 'leave' ? 'left' : 'deleted';
  const isEquivalent =
    change.kind === 'put' &&
    change.equivalent !== undefined &&
    local.agreed !== undefined &&
    change.equivalent === digestOfVersion(local.agreed);
  const before = { ...counterpartsOf(local), deleted: local.deleted, isAsSent: local.isAsSent, isEquivalent };
  const { version, shadow } = incoming === undefined ? lastOf(before) : writtenVersion(incoming, before, writing);
  return {
    state,
    version: fromCollection(version, subscription.root),
    edits: change.edits,
    receivedAt,
    origin,
    ...(shadow !== undefined && { shadow }),
  };
}

/** What this site has of an object, and what it has agreed on, each with the version that it is for the publisher. */
export function counterpartsOf({ own, present, ownAgreed, agreed }: LocalState): Pick<Before, 'present' | 'agreed'> {
  return { present: counterparts(own, present), agreed: counterparts(ownAgreed, agreed) };
}

/** What stays in the log of what is gone. */
function lastOf({ present, agreed }: Pick<Before, 'present' | 'agreed'>): WrittenVersion {
  const last = present ?? agreed;
  if (last === undefined) throw new InvariantError('CON-I001', 'something is to go that was never here');
  return shadowed(last.own, last.shared);
}

function counterparts(own: Version | undefined, shared: Version | undefined): Counterparts | undefined {
  return own === undefined || shared === undefined ? undefined : { own, shared };
}
