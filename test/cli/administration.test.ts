import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Workplace } from './run-concord.ts';
import { makeWorkplace } from './run-concord.ts';

let place: Workplace;
beforeEach(() => {
  place = makeWorkplace();
});
afterEach(() => {
  place[Symbol.dispose]();
});

describe('concord site', () => {
  it('adds, lists and removes sites', async () => {
    await place.must(['site', 'add', 'cps', '--title', 'The master']);
    await place.must(['site', 'add', 'cps_client']);
    const listed = await place.must(['site', 'list', '--json']);
    expect(listed.json()).toMatchObject([
      { id: 'cps', title: 'The master' },
      { id: 'cps_client', title: 'cps_client' },
    ]);
    await place.must(['site', 'remove', 'cps_client']);
    const left = await place.must(['site', 'list']);
    expect(left.out).not.toContain('cps_client');
  });

  it('keeps a site that publishes or subscribes until --yes, saying what would be lost', async () => {
    await place.must(['site', 'add', 'cps']);
    await place.must(['publish', 'cps', 'Repository', '--path', '/cps']);
    const urls = ['--publication-url', 'http://localhost:1/x', '--subscription-url', 'http://localhost:1/cps/Other'];
    await place.must(['subscribe', 'cps', 'Other', '--path', '/cps/other', ...urls, '--schedule', '0 3 * * *']);
    expect((await place.must(['activities', 'cps', 'list'])).out).toContain('synchronize Other');
    const refused = await place.run(['site', 'remove', 'cps']);
    expect(refused).toMatchObject({ code: 1, out: '' });
    expect(refused.err).toMatch(/1 subscription[^]*Other[^]*--yes[^]*CON-R019/);
    expect((await place.must(['site', 'list'])).out).toContain('cps');
    await place.must(['site', 'remove', 'cps', '--yes']);
    expect((await place.must(['site', 'list'])).out).not.toContain('cps');
  });

  it('says of a wrong query what to do, and that nothing was changed', async () => {
    await place.must(['site', 'add', 'cps']);
    const refused = await place.run(['publish', 'cps', 'Repository', '--path', '/cps', '--query', '///']);
    expect(refused.err).toMatch(/nothing is changed[^]*CON-E007/);
  });

  it('says what happened, what to do and the code, when a name is taken', async () => {
    await place.must(['site', 'add', 'cps']);
    const again = await place.run(['site', 'add', 'cps']);
    expect(again).toMatchObject({ code: 1, out: '' });
    expect(again.err).toMatch(/“cps”[\s\S]*Choose another name[\s\S]*CON-R006/);
  });

  it('refuses the addresses of the server itself', async () => {
    expect((await place.run(['site', 'add', 'healthz'])).err).toContain('CON-R008');
  });

  it('does not make a data directory where nothing is to be made', async () => {
    const ran = await place.run(['site', 'list']);
    expect(ran.code).toBe(1);
    expect(ran.err).toContain(place.data);
    expect((await place.run(['status', 'cps', '--json'])).err).toMatch(/^\{"error":\{"code":"CON-R001"/);
  });
});

describe('wrong usage', () => {
  it.each([
    [['site', 'add']],
    [['frobnicate']],
    [['site', 'list', '--no-such-option']],
    [['user', 'add', 'anna', '--role', 'King']],
    [['user', 'add', 'anna']],
    [['subscribe', 'cps', 'Repository', '--mode', 'sideways']],
    [['subscribe', 'cps', 'Repository', '--strategy', 'create,destroy']],
    [['log', 'cps', '--limit', 'many']],
    [['resolve', 'cps', 'a-conflict']],
    [['resolve', 'cps', 'a-conflict', '--keep', 'publisher', '--value', 'x']],
  ])('ends with 2: %j', async (argv) => {
    const ran = await place.run(argv);
    expect(ran).toMatchObject({ code: 2, out: '' });
    expect(ran.err).toContain('--help');
  });

  it.each([
    [['frobnicate', '--json'], /unknown command/],
    [['site', 'add', '--json'], /missing required argument/],
    [['resolve', 'cps', 'a-conflict', '--json'], /--keep/],
  ])('is told as JSON where results are: %j', async (argv, message) => {
    const ran = await place.run(argv);
    expect(ran).toMatchObject({ code: 2, out: '' });
    const { error } = JSON.parse(ran.err) as { readonly error: { readonly code: string; readonly message: string } };
    expect(error.code).toBe('CON-C003');
    expect(error.message).toMatch(message);
  });

  it('ends with 0 when help is asked for', async () => {
    const ran = await place.run(['publish', '--help']);
    expect(ran.code).toBe(0);
    expect(ran.out).toContain('--may-push');
  });

  it('ends with 78 when the configuration is wrong', async () => {
    const ran = await place.run(['site', 'list'], { environment: { CONCORD_PORT: 'high' } });
    expect(ran.code).toBe(78);
    expect(ran.err).toContain('CONCORD_PORT');
  });
});

describe('concord user', () => {
  beforeEach(async () => {
    await place.must(['site', 'add', 'cps']);
  });

  it('takes the password from the standard input, colons and blanks included', async () => {
    const added = ['user', 'add', 'sync', '--site', 'cps', '--role', 'Synchronizer', '--password-stdin', '--json'];
    const ran = await place.must(added, { input: 'a:b c\n' });
    expect(ran.json()).toMatchObject({ name: 'sync', roles: ['Synchronizer'] });
    expect(ran.out).not.toMatch(/a:b|scrypt/);
  });

  it('takes the password from CONCORD_PASSWORD, else asks for it', async () => {
    const environment = { CONCORD_PASSWORD: 'secret' };
    await place.must(['user', 'add', 'one', '--site', 'cps', '--role', 'Member'], { environment });
    const questions: string[] = [];
    const askPassword = async (question: string) => {
      questions.push(question);
      return 'secret';
    };
    await place.must(['user', 'add', 'two', '--role', 'Member,Publisher'], { askPassword });
    expect(questions).toEqual(['Password for two:']);
    const listed = await place.must(['user', 'list', '--json']);
    expect(listed.json()).toMatchObject([{ name: 'two', roles: ['Publisher', 'Member'] }]);
  });

  it('says where a password may come from when there is none', async () => {
    const ran = await place.run(['user', 'add', 'anna', '--site', 'cps', '--role', 'Member']);
    expect(ran.code).toBe(1);
    expect(ran.err).toMatch(/--password-stdin.*CONCORD_PASSWORD/);
  });

  it('changes a password and removes an account', async () => {
    const environment = { CONCORD_PASSWORD: 'secret' };
    await place.must(['user', 'add', 'anna', '--site', 'cps', '--role', 'Member'], { environment });
    await place.must(['user', 'passwd', 'anna', '--site', 'cps', '--password-stdin'], { input: 'other' });
    await place.must(['user', 'remove', 'anna', '--site', 'cps']);
    expect((await place.run(['user', 'remove', 'anna', '--site', 'cps'])).err).toContain('CON-R011');
  });
});
