import { describe, expect, it } from 'vitest';
import type { Session, SessionStore } from '../../src/ports/session-store.ts';

/** An empty store of sessions to be tried. */
export interface SessionFixture {
  readonly sessions: SessionStore;
  close(): Promise<void>;
}

const noon = 1_800_000_000_000;

function session(id: string, rest: Partial<Session> = {}): Session {
  return {
    id,
    secretHash: `hash of ${id}`,
    site: 'cps',
    account: 'eve',
    passwordMark: 'mark',
    createdAt: noon,
    seenAt: noon,
    address: '::1',
    agent: 'Browser',
    ...rest,
  };
}

/** What every adapter of the SessionStore port promises, as tests. */
export function sessionStoreContract(name: string, open: () => Promise<SessionFixture>): void {
  async function using(check: (sessions: SessionStore) => Promise<void>): Promise<void> {
    const fixture = await open();
    try {
      await check(fixture.sessions);
    } finally {
      await fixture.close();
    }
  }

  describe(`${name}: sessions`, () => {
    it('finds a session by the hash of its secret alone', async () =>
      using(async (sessions) => {
        const one = session('one');
        await sessions.saveSession(one);
        expect(await sessions.sessionOf(one.secretHash)).toEqual(one);
        expect(await sessions.sessionOf('one')).toBeUndefined();
        expect(await sessions.sessionOf('')).toBeUndefined();
      }));

    it('lists those of a site and of an account, the one used last first', async () =>
      using(async (sessions) => {
        await sessions.saveSession(session('old', { seenAt: noon - 1 }));
        await sessions.saveSession(session('new'));
        await sessions.saveSession(session('adam', { account: 'adam', seenAt: noon + 1 }));
        await sessions.saveSession(session('everywhere', { site: '', seenAt: noon + 2 }));
        const ids = async (...filter: Parameters<SessionStore['sessions']>): Promise<readonly string[]> =>
          (await sessions.sessions(...filter)).map(({ id }) => id);
        expect(await ids()).toEqual(['everywhere', 'adam', 'new', 'old']);
        expect(await ids({ site: 'cps' })).toEqual(['adam', 'new', 'old']);
        expect(await ids({ site: 'cps', account: 'eve' })).toEqual(['new', 'old']);
        expect(await ids({ site: '' })).toEqual(['everywhere']);
      }));

    it('notes when a session was used, and revives none that has ended', async () =>
      using(async (sessions) => {
        await sessions.saveSession(session('one'));
        await sessions.touchSession('one', noon + 60_000);
        expect(await sessions.sessions()).toMatchObject([{ id: 'one', seenAt: noon + 60_000, createdAt: noon }]);
        await sessions.endSession('one');
        await sessions.touchSession('one', noon + 120_000);
        expect(await sessions.sessions()).toEqual([]);
      }));

    it('lets a session go on with another password, and revives none that has ended', async () =>
      using(async (sessions) => {
        await sessions.saveSession(session('one'));
        await sessions.saveSession(session('two'));
        await sessions.touchSession('one', noon + 60_000);
        expect(await sessions.markSession('one', 'new')).toBe(true);
        expect(await sessions.sessionOf('hash of one')).toEqual(
          session('one', { seenAt: noon + 60_000, passwordMark: 'new' }),
        );
        expect(await sessions.sessionOf('hash of two')).toEqual(session('two'));
        await sessions.endSession('one');
        expect(await sessions.markSession('one', 'newer')).toBe(false);
        expect(await sessions.sessions()).toMatchObject([{ id: 'two' }]);
      }));

    it('ends a session once', async () =>
      using(async (sessions) => {
        await sessions.saveSession(session('one'));
        expect(await sessions.endSession('one')).toBe(true);
        expect(await sessions.endSession('one')).toBe(false);
        expect(await sessions.sessionOf('hash of one')).toBeUndefined();
      }));

    it('ends those not used for long, and those opened long ago', async () =>
      using(async (sessions) => {
        await sessions.saveSession(session('idle', { seenAt: noon - 10 }));
        await sessions.saveSession(session('aged', { createdAt: noon - 100 }));
        await sessions.saveSession(session('fresh'));
        expect(await sessions.endSessionsBefore({ seenAt: noon, createdAt: noon })).toBe(2);
        expect(await sessions.sessions()).toMatchObject([{ id: 'fresh' }]);
      }));
  });
}
