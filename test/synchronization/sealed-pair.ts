import { exportKey, importKey, makeKey, trustKey } from '../../src/use-cases/administration/keys.ts';
import { carriedUrl } from '../support/carrier.ts';
import { HandClock } from '../support/memory-site.ts';
import { card, manager, TestSite } from '../support/synced-sites.ts';

export const at = '/portal_repository';
export const repository = 'Repository';

/** Hands a public key from one site to another, which takes it for the one of that owner. */
export async function give(
  from: TestSite,
  key: string,
  to: TestSite,
  owner: `account:${string}` | `subscription:${string}`,
): Promise<void> {
  const text = await exportKey(from.context, key);
  const { fingerprint } = await importKey(to.context, manager, { text, name: `of ${from.context.site}` });
  await trustKey(to.context, manager, { name: fingerprint, owner });
}

/** A publication and a subscription of it that are sealed: the keys are exchanged, and nothing was sent. */
export interface SealedPair {
  readonly clock: HandClock;
  readonly publisher: TestSite;
  readonly subscriber: TestSite;
}

export async function sealedPair(way: 'http' | 'carried'): Promise<SealedPair> {
  const clock = new HandClock();
  // OpenPGP looks at the time of this machine in some places.
  clock.at = Date.now() - 3_600_000;
  const publisher = new TestSite('cps', clock);
  const subscriber = new TestSite('cps_client', clock);
  await publisher.addAccount('sync', 'a:b');
  await publisher.addAccount('other', 'c:d');
  await publisher.put(`${at}/first`, card('First', '1'));
  await makeKey(publisher.context, manager, { name: 'office' });
  await makeKey(subscriber.context, manager, { name: 'field' });
  const url = way === 'http' ? '' : carriedUrl(publisher);
  await publisher.publish(repository, at, { keyName: 'office', url });
  await subscriber.subscribe(repository, publisher, at, {
    keyName: 'field',
    ...(way === 'carried' && { publicationUrl: url, subscriptionUrl: carriedUrl(subscriber) }),
  });
  await give(publisher, 'office', subscriber, `subscription:${repository}`);
  await give(subscriber, 'field', publisher, 'account:sync');
  return { clock, publisher, subscriber };
}
