import { describe, expect, it } from 'vitest';
import type { SiteContext } from '../../../src/use-cases/site-context.ts';
import { answerMessage } from '../../../src/use-cases/publisher/answer-message.ts';
import { refusalError } from '../../../src/use-cases/subscriber/refusal.ts';
import type { Pair } from '../../support/synced-sites.ts';
import { seedPair, sync } from '../../support/synced-sites.ts';

const most = 3;
const status = /<Cmd>SyncHdr<\/Cmd>.*?<\/SourceRef>.*?<Data>(\d+)<\/Data>(?:<Item><Data>([^<]*)<\/Data>)?/s;

/** What a real subscriber said first, in another name. */
async function introduce(
  pair: Pair,
  context: SiteContext,
  url: string,
): Promise<readonly [code: string, text: string]> {
  const first = pair.wire.exchanges[0]?.request ?? '';
  const said = first
    .replace(/<SessionID>[^<]+/, `<SessionID>${url.replaceAll(/\W/g, '').padStart(22, 'n').slice(-22)}`)
    .replace(/(?<=<Source><LocURI>)[^<]+/, url);
  const request = { body: Buffer.from(said), remoteAddress: '127.0.0.1' };
  const answer = new TextDecoder().decode(await answerMessage(context, pair.publisher.services, request));
  const [, code = '', text = ''] = status.exec(answer) ?? [];
  return [code, text];
}

describe('an account that makes up one subscriber after the other', () => {
  it('is refused when it has as many as one may have, with what to do about it; who is there already goes on', async () => {
    const pair = await seedPair();
    await sync(pair.subscriber, 'Repository', pair.wire);
    const context = { ...pair.publisher.context, mostSubscribersPerAccount: most };
    const { store } = context;
    const codes: string[] = [];
    for (let at = 0; at < 6; at++)
      codes.push((await introduce(pair, context, `http://localhost:9673/made-up-${at}/R`))[0]);
    expect(codes).toEqual(['212', '212', '500', '500', '500', '500']);
    expect(await store.countSubscribers('Repository')).toBe(most);
    const [, text] = await introduce(pair, context, 'http://localhost:9673/made-up-9/R');
    const error = refusalError({ code: 500, text });
    expect(error).toMatchObject({ code: 'CON-E011', retry: 'never' });
    expect(error.message).toMatch(/has 3 subscribers here, as many as one may have/);
    expect(error.remedy).toMatch(/concord unpublish .*--subscriber.*publisher\.subscribersPerAccount/);
    expect((await introduce(pair, context, 'http://localhost:9673/made-up-1/R'))[0]).not.toBe('500');
    await sync(pair.subscriber, 'Repository', pair.wire);
  });

  it('takes nothing of what others may have', async () => {
    const pair = await seedPair();
    await sync(pair.subscriber, 'Repository', pair.wire);
    const { store } = pair.publisher.context;
    const [own] = await store.subscribers('Repository');
    if (own === undefined) throw new TypeError('nobody has subscribed');
    for (let at = 0; at < 5; at++)
      await store.addSubscriber({ ...own, url: `http://localhost:9673/of-another-${at}/R`, account: 'another' });
    const context = { ...pair.publisher.context, mostSubscribersPerAccount: most };
    expect((await introduce(pair, context, 'http://localhost:9673/second/R'))[0]).toBe('212');
  });
});
