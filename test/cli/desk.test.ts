import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SqliteInstallation } from '../../src/adapters/sqlite/sqlite-installation.ts';
import { RandomIdentifiers } from '../../src/adapters/system/random-identifiers.ts';
import { SystemClock } from '../../src/adapters/system/system-clock.ts';
import type { Workplace } from './run-concord.ts';
import { makeWorkplace } from './run-concord.ts';

let place: Workplace;
beforeEach(async () => {
  place = makeWorkplace();
  await place.must(['site', 'add', 'cps']);
});
afterEach(() => {
  place[Symbol.dispose]();
});

const subscribe = ['subscribe', 'cps', 'R', '--path', '/r', '--schedule', '0 0 1 1 *'];
const addresses = ['--publication-url', 'http://localhost:1/hub', '--subscription-url', 'http://localhost:9673/cps/R'];

describe('concord user token', () => {
  it('makes a token that is shown once, lists it without, and revokes it', async () => {
    await place.must(['user', 'add', 'anna', '--site', 'cps', '--role', 'Member', '--password-stdin'], {
      input: 'a:b',
    });
    const at = ['--site', 'cps'];
    const made = await place.must(['user', 'token', 'add', 'anna', ...at, '--title', 'nightly', '--json']);
    // The form is what `makeToken` gives.
    const { id, secret } = made.json() as { readonly id: string; readonly secret: string };
    expect(secret).toMatch(/^concord_[\w-]{43}$/);
    const listed = await place.must(['user', 'token', 'list', ...at]);
    expect(listed.out).toMatch(new RegExp(`${id} .*anna .*nightly`));
    expect(listed.out).not.toContain(secret);
    await place.must(['user', 'token', 'revoke', id, ...at]);
    expect((await place.must(['user', 'token', 'list', ...at])).out).toBe('No tokens\n');
    expect((await place.run(['user', 'token', 'revoke', id, ...at])).err).toContain('CON-R017');
  });
});

describe('concord user session', () => {
  it('lists who is signed in at the pages, and ends it', async () => {
    const sessions = ['user', 'session'] as const;
    expect((await place.must([...sessions, 'list'])).out).toBe('Nobody is signed in\n');
    const now = Date.now();
    const session = {
      secretHash: 's',
      passwordMark: 'm',
      createdAt: now,
      seenAt: now,
      address: '::1',
      agent: 'Firefox',
    };
    {
      const surroundings = { clock: new SystemClock(), identifiers: new RandomIdentifiers() };
      await using installation = new SqliteInstallation(place.data, surroundings);
      await installation.sessions.saveSession({ ...session, id: '-one', site: 'cps', account: 'anna' });
      await installation.sessions.saveSession({ ...session, id: 'two', secretHash: 't', site: '', account: 'admin' });
    }
    const listed = await place.must([...sessions, 'list']);
    expect(listed.out).toMatch(/-one +anna +cps/);
    expect(listed.out).toMatch(/two +admin +all sites/);
    expect((await place.must([...sessions, 'list', '--json'])).out).not.toMatch(/secretHash|passwordMark/);
    expect((await place.must([...sessions, 'list', '--site', 'cps'])).out).not.toContain('two');
    expect((await place.run([...sessions, 'end', 'two', '--site', 'cps'])).err).toContain('CON-R015');
    await place.must([...sessions, 'end', '-one']);
    expect((await place.must([...sessions, 'list', 'anna'])).out).toBe('Nobody is signed in\n');
    expect((await place.run([...sessions, 'list', '--site', 'none'])).err).toContain('CON-R001');
  });
});

describe('concord search', () => {
  it('finds objects by a text in them', async () => {
    const document = join(place.folder, 'anna.xml');
    writeFileSync(document, '<person><name>Anna Wellenreuther</name></person>');
    await place.must(['import', 'cps', '/people', document]);
    const found = await place.must(['search', 'cps', 'WELLEN', '--json']);
    expect(found.json()).toMatchObject([{ path: '/people/anna' }]);
    expect((await place.must(['search', 'cps', 'nobody'])).out).toContain('0 objects found, 2 looked at');
    expect((await place.run(['search', 'cps', 'x', '--path', '/none'])).err).toContain('CON-R002');
  });
});

describe('concord rule', () => {
  it('makes, lists and removes rules', async () => {
    const field = '/object/phone/text()';
    expect((await place.must(['rule', 'add', 'cps', field, '--keep', 'newer'])).out).toContain(
      'settled 0 open conflicts',
    );
    const listed = await place.must(['rule', 'list', 'cps', '--json']);
    const [{ id }] = listed.json() as readonly [{ readonly id: string }];
    expect((await place.must(['rule', 'list', 'cps'])).out).toContain(field);
    await place.must(['rule', 'remove', 'cps', id]);
    expect((await place.must(['rule', 'list', 'cps'])).out).toBe('No rules\n');
    expect((await place.run(['rule', 'remove', 'cps', id])).err).toContain('CON-R016');
    const elsewhere = await place.run(['rule', 'add', 'cps', field, '--keep', 'newer', '--publication', 'None']);
    expect(elsewhere.err).toContain('CON-R003');
  });
});

describe('concord log', () => {
  it('pages, shows one line whole, and what an auditor asks for', async () => {
    await place.must(['rule', 'add', 'cps', 'id', '--keep', 'newer']);
    await place.must(['rule', 'add', 'cps', 'type', '--keep', 'newer']);
    const lines = (await place.must(['log', 'cps', '--audit', '--json'])).json() as readonly {
      readonly number: number;
    }[];
    expect(lines).toHaveLength(2);
    const [newest] = lines;
    const before = await place.must(['log', 'cps', '--before', String(newest?.number), '--kind', 'conflict', '--json']);
    expect(before.json()).toHaveLength(1);
    expect((await place.must(['log', 'cps', '--entry', String(newest?.number)])).out).toContain('conflicts of type');
    expect((await place.run(['log', 'cps', '--entry', '999'])).err).toContain('CON-R018');
  });
});

describe('concord conflicts and resolve', () => {
  it('refuse filters that mean nothing, and have nothing to take back', async () => {
    expect((await place.must(['conflicts', 'cps', '--field', 'id', '--older-than', '3'])).out).toBe(
      'No conflict waits\n',
    );
    expect((await place.run(['conflicts', 'cps', '--publication', 'None'])).err).toContain('CON-R003');
    expect((await place.run(['resolve', 'cps', '--undo', 'none'])).err).toContain('CON-R010');
    expect((await place.run(['resolve', 'cps', '--undo'])).code).toBe(2);
  });
});

describe('concord sync and activities', () => {
  it('cancel what waits, all that has failed, and count what ran', async () => {
    await place.must([...subscribe, ...addresses]);
    expect((await place.run(['sync', 'cps', 'R', '--cancel'])).err).toContain('CON-R013');
    expect((await place.must(['activities', 'cps', 'counts'])).out).toContain('Nothing ran');
    await place.must(['distribute', 'cps']);
    const [{ id }] = (await place.must(['activities', 'cps', '--json'])).json() as readonly [{ readonly id: number }];
    await place.run(['activities', 'cps', 'invoke', `${id}`]);
    expect((await place.must(['activities', 'cps', 'counts'])).out).toMatch(/synchronize +retried +1/);
    expect((await place.must(['activities', 'cps', 'restart', '--failed'])).out).toContain('0 activities');
    expect((await place.must(['activities', 'cps', 'cancel', `${id}`])).out).toContain('1 activity cancelled');
  });
});
