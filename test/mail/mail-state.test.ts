import { describe, expect, it } from 'vitest';
import { unpublish } from '../../src/use-cases/administration/publish.ts';
import { removeSubscriber } from '../../src/use-cases/administration/remove-subscriber.ts';
import { siteStatus } from '../../src/use-cases/administration/status.ts';
import { unsubscribe } from '../../src/use-cases/administration/subscribe.ts';
import { keepMailboxes, mailboxStates, noteMailbox } from '../../src/use-cases/exchange/carrier-state.ts';
import { runSync } from '../../src/use-cases/subscriber/run-sync.ts';
import { mailOf, MailRelay } from '../support/mail-relay.ts';
import { HandClock } from '../support/memory-site.ts';
import { card, manager, TestSite } from '../support/synced-sites.ts';

const id = 'Repository';
const at = '/portal_repository';

async function offices() {
  const clock = new HandClock();
  const publisher = new TestSite('cps_server', clock);
  const subscriber = new TestSite('cps_client', clock);
  const relay = new MailRelay([publisher, subscriber], 1_000_000);
  await publisher.addAccount('sync', 'a:b');
  await publisher.put(`${at}/first`, card('First', '1'));
  const publicationUrl = `mailto:${mailOf(publisher)}`;
  await publisher.publish(id, at, { url: publicationUrl });
  await subscriber.subscribe(id, publisher, at, { publicationUrl, subscriptionUrl: `mailto:${mailOf(subscriber)}` });
  const send = async (): Promise<void> => {
    clock.at += 1000;
    const control = { services: subscriber.services, transport: relay };
    await runSync(subscriber.context, { id, options: { holder: 'test' } }, control);
  };
  const atSubscriber = async () => (await siteStatus(subscriber.context)).subscriptions[0]?.carried;
  const atPublisher = async () => (await siteStatus(publisher.context)).publications[0]?.subscribers[0]?.carried;
  return { clock, publisher, subscriber, relay, send, atSubscriber, atPublisher };
}

const bounce = (session: string | undefined): Uint8Array =>
  Buffer.from(
    [
      ...['From: MAILER-DAEMON@localhost', 'Subject: Undelivered', 'Auto-Submitted: auto-replied', 'MIME-Version: 1.0'],
      ...['Content-Type: multipart/report; report-type=delivery-status; boundary="b"', '', '--b'],
      ...['Content-Type: text/plain', '', 'It came back.', '--b', 'Content-Type: message/delivery-status', ''],
      ...['Diagnostic-Code: smtp; 550 nobody of that name', '', '--b', 'Content-Type: text/rfc822-headers', ''],
      ...[`Message-ID: <concord.${String(session)}.1.request.1.1@localhost>`, '', '--b--', ''],
    ].join('\r\n'),
  );

describe('what operators are told of mails', () => {
  it('is when the last went out and the last came in, at both sides', async () => {
    const { clock, relay, send, atSubscriber, atPublisher } = await offices();
    await send();
    expect(await atSubscriber()).toEqual({ lastSentAt: clock.at });
    expect(await atPublisher()).toBeUndefined();
    const sentAt = clock.at;
    clock.at += 5000;
    await relay.bringAll();
    // The last mail is the farewell of the subscriber, which is not answered.
    expect(await atPublisher()).toEqual({ lastSentAt: expect.any(Number) as number, lastReceivedAt: clock.at });
    expect((await atPublisher())?.lastSentAt).toBeLessThan(clock.at);
    expect((await atSubscriber())?.lastReceivedAt).toBeGreaterThan(sentAt);
  });

  it('is what could not be delivered, until something comes from there', async () => {
    const { clock, subscriber, relay, send, atSubscriber } = await offices();
    await send();
    const session = (await subscriber.context.store.subscription(id))?.state.session?.id;
    await relay.bring({ to: mailOf(subscriber), raw: bounce(session) });
    expect((await atSubscriber())?.trouble).toEqual({ at: clock.at, text: 'smtp; 550 nobody of that name' });
    await relay.bringAll();
    expect((await atSubscriber())?.trouble).toBeUndefined();
  });

  it('is which mailbox cannot be used, until it can', async () => {
    const { clock, subscriber } = await offices();
    await noteMailbox(subscriber.context, 'office at mail.example.org, INBOX', { why: 'The password is wrong' });
    const [mailbox] = (await siteStatus(subscriber.context)).mailboxes;
    expect(mailbox).toMatchObject({ trouble: { at: clock.at, text: 'The password is wrong' } });
    await noteMailbox(subscriber.context, 'office at mail.example.org, INBOX', { hasReceived: true });
    const name = 'office at mail.example.org, INBOX';
    expect(await mailboxStates(subscriber.context)).toEqual([{ name, lastReceivedAt: clock.at, trouble: undefined }]);
  });

  it('is which mailboxes are watched, not which once were', async () => {
    const { subscriber } = await offices();
    for (const name of ['old', 'new']) await noteMailbox(subscriber.context, name, { why: 'The password is wrong' });
    await keepMailboxes(subscriber.context, ['new']);
    expect((await mailboxStates(subscriber.context)).map(({ name }) => name)).toEqual(['new']);
  });

  it('ends with the subscription, at both sides', async () => {
    const { publisher, subscriber, relay, send } = await offices();
    const notesAt = async ({ context }: TestSite) => [...((await context.carrierNotes?.notes()) ?? [])].length;
    await send();
    await relay.bringAll();
    expect([await notesAt(publisher), await notesAt(subscriber)]).toEqual([1, 1]);
    await unsubscribe(subscriber.context, manager, id);
    const name = { publication: id, subscriber: `mailto:${mailOf(subscriber)}` };
    await removeSubscriber(publisher.context, manager, name);
    expect([await notesAt(publisher), await notesAt(subscriber)]).toEqual([0, 0]);
  });

  it('ends with the publication', async () => {
    const { publisher, relay, send } = await offices();
    await send();
    await relay.bringAll();
    await unpublish(publisher.context, manager, id);
    expect(await publisher.context.carrierNotes?.notes()).toEqual(new Map());
  });
});
