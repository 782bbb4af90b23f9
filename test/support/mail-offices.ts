import { expect } from 'vitest';
import { exportKey, importKey, makeKey, trustKey } from '../../src/use-cases/administration/keys.ts';
import { runSync } from '../../src/use-cases/subscriber/run-sync.ts';
import { mailOf, MailRelay } from './mail-relay.ts';
import { HandClock } from './memory-site.ts';
import { card, manager, TestSite } from './synced-sites.ts';

/** What is synchronised, and as what. */
export const at = '/portal_repository';
export const id = 'Repository';

/** A publisher and a subscriber with nothing but a mail relay between them. */
export class Offices {
  readonly clock = new HandClock();
  readonly publisher: TestSite;
  readonly subscriber: TestSite;
  readonly relay: MailRelay;

  constructor({ maxMailOctets = 1_000_000, maxMessageOctets = 10_000_000 } = {}) {
    // OpenPGP looks at the time of this machine in some places.
    this.clock.at = Date.now() - 3_600_000;
    this.publisher = new TestSite('cps_server', this.clock, { maxMessageOctets });
    this.subscriber = new TestSite('cps_client', this.clock, { maxMessageOctets });
    this.relay = new MailRelay([this.publisher, this.subscriber], maxMailOctets);
  }

  async open(isSealed = false): Promise<this> {
    const { publisher, subscriber } = this;
    await publisher.addAccount('sync', 'a:b');
    await publisher.put(`${at}/first`, card('First', '1'));
    if (isSealed) await makeKey(publisher.context, manager, { name: 'office' });
    if (isSealed) await makeKey(subscriber.context, manager, { name: 'field' });
    await publisher.publish(id, at, { url: `mailto:${mailOf(publisher)}`, keyName: isSealed ? 'office' : '' });
    await subscriber.subscribe(id, publisher, at, {
      publicationUrl: `mailto:${mailOf(publisher)}`,
      subscriptionUrl: `mailto:${mailOf(subscriber)}`,
      keyName: isSealed ? 'field' : '',
    });
    if (!isSealed) return this;
    const text = [await exportKey(publisher.context, 'office'), await exportKey(subscriber.context, 'field')] as const;
    const theirs = await importKey(subscriber.context, manager, { text: text[0] });
    await trustKey(subscriber.context, manager, { name: theirs.fingerprint, owner: `subscription:${id}` });
    const its = await importKey(publisher.context, manager, { text: text[1] });
    await trustKey(publisher.context, manager, { name: its.fingerprint, owner: 'account:sync' });
    return this;
  }

  async handOver(): Promise<void> {
    this.clock.at += 1000;
    const control = { services: this.subscriber.services, transport: this.relay };
    await runSync(this.subscriber.context, { id, options: { holder: 'test' } }, control);
  }

  /** Returns how many mails it took. */
  async sync(): Promise<number> {
    await this.handOver();
    return this.relay.bringAll();
  }

  async expectEqual(): Promise<void> {
    expect(await this.subscriber.tree(at)).toEqual(await this.publisher.tree(at));
  }
}
