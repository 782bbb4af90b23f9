import type { Gid } from '../../objects/gid.ts';
import { formatPath } from '../../objects/path.ts';
import type { PeerNumber } from '../../objects/revision.ts';
import type { Exception } from '../../synchronization/exception.ts';
import { standingReasons } from '../../synchronization/exception.ts';
import { pathOf } from '../objects/read-object.ts';
import type { SiteContext } from '../site-context.ts';

/** An object of which the two sides hold different things, why, and where it is here. */
export interface ExceptionView {
  readonly gid: Gid;
  /** The path; for what is gone, the id that it had. */
  readonly path: string;
  readonly why: StandingException;
}

/** What is known of it but for the version that the peer holds. */
export type StandingException = Exception extends infer Kind
  ? Kind extends { readonly reason: (typeof standingReasons)[number] }
    ? Omit<Kind, 'holds' | 'received'>
    : never
  : never;

const listed = 100;

/** The first hundred objects of each kind of which one side holds something else for a reason that a person should know. */
export async function listExceptions(
  { store }: Pick<SiteContext, 'store'>,
  peer: PeerNumber,
): Promise<readonly ExceptionView[]> {
  const views: ExceptionView[] = [];
  for (const reason of standingReasons) {
    const found = await store.exceptions(peer, { reason, limit: listed });
    const current = await store.current([...found.keys()]);
    for (const [gid, exception] of found) {
      const why = standing(exception);
      if (why === undefined) continue;
      const revision = current.get(gid);
      const isHere = revision?.state === 'present';
      views.push({ gid, path: isHere ? formatPath(await pathOf(store, gid)) : (revision?.version.id ?? gid), why });
    }
  }
  return views;
}

function standing(exception: Exception): StandingException | undefined {
  const { reason } = exception;
  switch (reason) {
    case 'withheld':
      return { reason, by: exception.by };
    case 'refused':
      return { reason, code: exception.code };
    case 'waits':
      return { reason, clashes: exception.clashes };
    case 'not-taken':
    case 'elsewhere':
      return { reason };
    case 'received':
    case 'held':
    case 'with-parent':
    case 'wanted':
      return undefined;
    default:
      return reason satisfies never;
  }
}
