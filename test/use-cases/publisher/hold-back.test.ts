import { describe, expect, it } from 'vitest';
import { releaseSubscriber } from '../../../src/use-cases/administration/remove-subscriber.ts';
import { siteStatus } from '../../../src/use-cases/administration/status.ts';
import { answerMessage } from '../../../src/use-cases/publisher/answer-message.ts';
import type { Pair } from '../../support/synced-sites.ts';
import { manager, seedPair, sync } from '../../support/synced-sites.ts';

const minute = 60_000;
const name = { publication: 'Repository', subscriber: 'cps_client/Repository' };

async function agreedPair(): Promise<Pair> {
  const pair = await seedPair();
  for (let round = 0; round < 3; round++) await sync(pair.subscriber, 'Repository', pair.wire);
  return pair;
}

/** What the subscriber said last, in a session of its own. */
function repeated({ wire }: Pair, session: number): string {
  return (wire.exchanges.at(-1)?.request ?? '').replace(
    /<SessionID>[^<]+/,
    `<SessionID>${String(session).padStart(22, 'n')}`,
  );
}

/** Says what the subscriber said last, with something that nobody can read. Returns the Status of the answer. */
async function speakNonsense(
  pair: Pair,
  { session, token }: { readonly session: number; readonly token?: string },
): Promise<string> {
  const said = repeated(pair, session)
    .replace(/position=[^<]+/, 'position=none')
    .replace(/(?<=<Cred>.*<Data>)[^<]+(?=<\/Data><\/Cred>)/, (own) => token ?? own);
  return statusFor(pair, said);
}

/** A long message that breaks off. */
function brokenOff(pair: Pair, session: number): string {
  return repeated(pair, session).replace('</SyncBody></SyncML>', ' '.repeat(70_000));
}

async function statusFor({ publisher }: Pair, said: string): Promise<string> {
  const request = { body: Buffer.from(said), remoteAddress: '127.0.0.1' };
  const answer = new TextDecoder().decode(await answerMessage(publisher.context, publisher.services, request));
  return /<Cmd>SyncHdr<\/Cmd>.*?<\/SourceRef>.*?<Data>(\d+)<\/Data>/.exec(answer)?.[1] ?? '';
}

async function heldBackPair(): Promise<Pair> {
  const pair = await agreedPair();
  for (let session = 0; session < 5; session++) expect(await speakNonsense(pair, { session })).toBe('400');
  return pair;
}

async function statusOf({ publisher }: Pair): Promise<unknown> {
  return (await siteStatus(publisher.context)).publications[0]?.subscribers[0];
}

describe('a subscriber that does something wrong', () => {
  it('is held back after the fifth time in a row, is told to come later, and the operator why', async () => {
    const pair = await heldBackPair();
    expect(await speakNonsense(pair, { session: 6 })).toBe('417');
    await expect(sync(pair.subscriber, 'Repository', pair.wire)).rejects.toMatchObject({
      code: 'CON-T005',
      retry: 'later',
    });
    const until = pair.clock.at + 10 * minute - 1_000;
    expect(await statusOf(pair)).toMatchObject({ heldBack: { until } });
    expect(JSON.stringify(await statusOf(pair))).toContain('CON-S001');
    const lines = await pair.publisher.context.store.log({ subject: 'Repository' });
    expect(lines.filter(({ text }) => text.includes('is held back'))).toHaveLength(1);
  });

  it('has done wrong, too, when a long message of it breaks off, of which it is not listened to more than the beginning then', async () => {
    const pair = await agreedPair();
    for (let session = 0; session < 5; session++)
      await expect(statusFor(pair, brokenOff(pair, session))).rejects.toMatchObject({ code: 'CON-X001' });
    expect(await statusFor(pair, brokenOff(pair, 6))).toBe('417');
  });

  it('has done wrong, too, when a short message of it breaks off; whoever has not shown who it is has not', async () => {
    const pair = await agreedPair();
    const cut = (session: number): string => repeated(pair, session).replace('</SyncBody></SyncML>', '');
    const guessed = (said: string): string => said.replace(/(?<=<Cred>.*<Data>)[^<]+(?=<\/Data><\/Cred>)/, 'guessed');
    for (let session = 10; session < 20; session++)
      await expect(statusFor(pair, guessed(cut(session)))).rejects.toMatchObject({ code: 'CON-X001' });
    expect((await sync(pair.subscriber, 'Repository', pair.wire)).outcome).toBe('done');
    for (let session = 0; session < 5; session++)
      await expect(statusFor(pair, cut(session))).rejects.toMatchObject({ code: 'CON-X001' });
    expect(await statusFor(pair, cut(6))).toBe('417');
    expect(await statusOf(pair)).toHaveProperty('heldBack');
  });

  it('is listened to again after a while, and its faults are forgotten with the next good sync', async () => {
    const pair = await heldBackPair();
    pair.clock.at += 10 * minute;
    expect((await sync(pair.subscriber, 'Repository', pair.wire)).outcome).toBe('done');
    for (let session = 10; session < 14; session++) await speakNonsense(pair, { session });
    expect(await statusOf(pair)).not.toHaveProperty('heldBack');
  });

  it('is held back twice as long each time when it goes on', async () => {
    const pair = await heldBackPair();
    pair.clock.at += 10 * minute;
    expect(await speakNonsense(pair, { session: 7 })).toBe('400');
    expect(await statusOf(pair)).toMatchObject({ heldBack: { until: pair.clock.at + 20 * minute } });
  });

  it('is listened to at once when the operator releases it', async () => {
    const pair = await heldBackPair();
    await releaseSubscriber(pair.publisher.context, manager, name);
    expect((await sync(pair.subscriber, 'Repository', pair.wire)).outcome).toBe('done');
    await expect(releaseSubscriber(pair.publisher.context, manager, name)).rejects.toMatchObject({ code: 'CON-R014' });
  });

  it('cannot be made to look so by somebody who only knows its address', async () => {
    const pair = await agreedPair();
    for (let session = 0; session < 10; session++)
      expect(await speakNonsense(pair, { session, token: 'guessed' })).toBe('401');
    expect((await sync(pair.subscriber, 'Repository', pair.wire)).outcome).toBe('done');
  });
});
