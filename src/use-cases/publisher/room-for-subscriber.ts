import { RequestError } from '../../errors/concord-error.ts';
import type { SiteContext } from '../site-context.ts';

/**
 * Lets an account make one more subscriber, if it has not as many as one may have: who makes up one name after the other must not fill the store. What several make in the
 * same moment may be a few more. @throws RequestError CON-E011
 */
export async function requireRoom(
  { store, mostSubscribersPerAccount: most = 0 }: SiteContext,
  account: string,
): Promise<void> {
  if (most === 0) return;
  const publications = await store.publications();
  const countOf = async (filter: { readonly account?: string }): Promise<number> => {
    let sum = 0;
    for (const { id } of publications) sum += await store.countSubscribers(id, filter);
    return sum;
  };
  // Mostly there are not so many at all, which is cheaper to know.
  if ((await countOf({})) < most || (await countOf({ account })) < most) return;
  throw new RequestError('CON-E011', `The account “${account}” has ${most} subscribers here, as many as one may have`);
}
