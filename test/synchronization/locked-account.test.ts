import { describe, expect, it } from 'vitest';
import { signIn } from '../../src/use-cases/administration/access.ts';
import type { EngineServices } from '../../src/use-cases/exchange/engine-services.ts';
import { answerMessage } from '../../src/use-cases/publisher/answer-message.ts';
import { runSync } from '../../src/use-cases/subscriber/run-sync.ts';
import { seedPair } from '../support/synced-sites.ts';

/** A subscription whose account has been locked at the publisher, by ten wrong passwords from the same address. */
async function lockedPair(user: string) {
  const { publisher, subscriber, clock } = await seedPair({ user });
  const { context } = publisher;
  const authenticate: EngineServices['authenticate'] = (name, password) =>
    signIn(context, { name, password, address: '127.0.0.1' });
  for (let tried = 0; tried < 10; tried += 1)
    await expect(authenticate(user, 'wrong')).rejects.toMatchObject({ code: 'CON-A001' });
  const services = { ...publisher.services, authenticate };
  const transport = {
    schemes: ['http'],
    deliver: async ({ body }: { readonly body: Uint8Array }) => ({
      outcome: 'answered' as const,
      body: await answerMessage(context, services, { body, remoteAddress: '127.0.0.1' }),
    }),
  };
  const control = { services: subscriber.services, transport };
  const sync = () => runSync(subscriber.context, { id: 'Repository', options: { holder: 'test' } }, control);
  return { publisher, subscriber, clock, sync };
}

describe('a subscriber whose account is locked at the publisher', () => {
  it('is told that it is locked, not that the password is wrong, and goes on when the lock is over', async () => {
    const { publisher, subscriber, clock, sync } = await lockedPair('sync');
    await expect(sync()).rejects.toMatchObject({ code: 'CON-A003', retry: 'later' });
    expect((await subscriber.context.store.subscription('Repository'))?.state.waiting).toMatchObject({
      for: 'retry',
      message: 'The publisher has locked the account for a while: too many wrong passwords came from here',
    });
    clock.at += 60_000;
    expect((await sync()).outcome).toBe('done');
    expect(await subscriber.tree('/portal_repository')).toEqual(await publisher.tree('/portal_repository'));
  });

  it('is told the same where there is no such account', async () => {
    const { sync } = await lockedPair('nobody');
    await expect(sync()).rejects.toMatchObject({ code: 'CON-A003' });
  });
});
