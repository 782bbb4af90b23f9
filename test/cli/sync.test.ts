import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunningStart, Workplace } from './run-concord.ts';
import { makeWorkplace, startServer } from './run-concord.ts';

const password = 'a:b c';
const environment = { CONCORD_PASSWORD: password };
let place: Workplace;
let server: RunningStart;
beforeEach(async () => {
  place = makeWorkplace();
  for (const [name, town] of [
    ['anna', 'Nordhaven'],
    ['ben', 'Altbrück'],
  ] as const)
    place.put(`records/${name}.xml`, person(name, town));
  await place.must(['site', 'add', 'cps']);
  await place.must(['site', 'add', 'cps_client']);
  await place.must(['import', 'cps', '/cps/portal_repository', join(place.folder, 'records')]);
  await place.must(['user', 'add', 'sync', '--site', 'cps', '--role', 'Synchronizer'], { environment });
  await place.must(['publish', 'cps', 'Repository', '--path', '/cps/portal_repository']);
  server = await startServer(place);
  await place.must(
    [
      ...['subscribe', 'cps_client', 'Repository', '--path', '/cps_client/portal_repository', '--user', 'sync'],
      ...['--publication-url', `${server.address}/cps`],
      ...['--subscription-url', `${server.address}/cps_client/Repository`],
    ],
    { environment },
  );
});
afterEach(async () => {
  await server.stop();
  place[Symbol.dispose]();
});

function person(name: string, town: string, phone = '1'): string {
  return `<person><name>${name}</name><town>${town}</town><phone>${phone}</phone></person>`;
}

async function edit(site: string, name: string, text: string): Promise<void> {
  await place.must(['import', site, '/portal_repository', place.put(`edit-${site}/${name}.xml`, text)]);
}

async function exported(site: string): Promise<Readonly<Record<string, string>>> {
  const folder = join(place.folder, `export-${site}`);
  await place.must(['export', site, `/${site}/portal_repository`, folder]);
  return Object.fromEntries(readdirSync(folder).map((file) => [file, readFileSync(join(folder, file), 'utf8').trim()]));
}

function sync(...options: readonly string[]) {
  return place.must(['sync', 'cps_client', 'Repository', ...options]);
}

describe('concord sync', () => {
  it('brings everything at first, then nothing, then what changed on either side', async () => {
    expect((await sync()).out).toMatch(/received +2 created/);
    expect(await exported('cps_client')).toEqual(await exported('cps'));
    expect((await sync('--json')).json()).toMatchObject({ outcome: 'done', traffic: { requests: 1 } });
    await edit('cps', 'anna', person('anna', 'Obermoor'));
    await edit('cps_client', 'anna', person('anna', 'Nordhaven', '2'));
    await sync();
    expect(await exported('cps')).toEqual(await exported('cps_client'));
    expect((await exported('cps'))['anna.xml']).toBe(person('anna', 'Obermoor', '2'));
  });

  it('leaves a conflict with what did not stand, which a person settles for both', async () => {
    await sync();
    await edit('cps', 'anna', person('anna', 'Obermoor'));
    await edit('cps_client', 'anna', person('anna', 'Unterwald'));
    expect((await sync()).out).toContain('1 conflict to settle. Next: concord conflicts cps_client');
    const listed = await place.must(['conflicts', 'cps_client', '--json']);
    expect(listed.json()).toMatchObject([
      { path: '/portal_repository/anna', publisher: { value: 'Obermoor' }, subscriber: { value: 'Unterwald' } },
    ]);
    expect((await place.must(['conflicts', 'cps'])).out).toMatch(/publisher +"Obermoor".*stands now/);
    await edit('cps', 'anna', person('anna', 'Seeheim'));
    const edited = (await place.must(['conflicts', 'cps'])).out;
    expect(edited).toMatch(/now +"Seeheim".*stands now/);
    expect(edited).not.toMatch(/publisher .*stands now/);
    await sync();
    await place.must(['resolve', 'cps_client', '/portal_repository/anna', '--keep', 'subscriber']);
    await sync();
    expect((await exported('cps'))['anna.xml']).toBe(person('anna', 'Unterwald'));
    expect(await exported('cps')).toEqual(await exported('cps_client'));
    expect((await place.must(['conflicts', 'cps'])).out).toBe('No conflict waits\n');
    const all = (await place.must(['conflicts', 'cps', '--all'])).out;
    expect(all).toMatch(/\(settled\)[^]*No conflict waits\n$/);
    expect(all).not.toContain('stands now');
  });

  it('settles a conflict with another value, and refuses what says nothing or names nothing', async () => {
    await sync();
    await edit('cps', 'anna', person('anna', 'Obermoor'));
    await edit('cps_client', 'anna', person('anna', 'Unterwald'));
    await sync();
    expect((await place.run(['resolve', 'cps', '--all'])).err).toContain('--keep');
    expect((await place.run(['resolve', 'cps', '-nothing', '--value', 'x'])).err).toContain('CON-R010');
    const refused = await place.run(['resolve', 'cps', '/portal_repository/anna', '--value', 'Mittel\u0000au']);
    expect(refused.code).toBe(1);
    expect(refused.err).toMatch(/town\/text\(\): XML cannot hold the character U\+0000[^]*Give a value .*CON-R021/);
    const unsure = await place.run(['resolve', 'cps', '--all', '--value', 'Mittelau']);
    expect(unsure.err).toContain('1 open conflict is found');
    expect(unsure.err).toContain('--yes');
    await place.must(['resolve', 'cps', '--all', '--field', 'id', '--keep', 'newer', '--yes']);
    const settled = await place.must(['resolve', 'cps', '--all', '--value', 'Mittelau', '--yes']);
    const batch = /--batch (\S+)/.exec(settled.out)?.[1] ?? '';
    expect((await place.must(['resolve', 'cps', '--undo', '--batch', batch])).out).toBe('1 conflict opened again\n');
    await place.must(['resolve', 'cps', '--all', '--value', 'Mittelau', '--yes']);
    await sync();
    expect((await exported('cps_client'))['anna.xml']).toBe(person('anna', 'Mittelau'));
  });

  it('shows a plan, and carries out just that, or nothing when something has moved', async () => {
    await sync();
    await edit('cps', 'anna', person('anna', 'Obermoor'));
    const shown = await place.must(['sync', 'cps_client', 'Repository', '--preview']);
    expect(shown.out).toMatch(/What would be received:[^]*\/portal_repository\/anna +update/);
    expect(await exported('cps_client')).not.toEqual(await exported('cps'));
    const plan = /--plan=(\S+)/.exec(shown.out)?.[1] ?? '';
    await edit('cps', 'ben', person('ben', 'Obermoor'));
    const moved = await place.run(['sync', 'cps_client', 'Repository', `--plan=${plan}`]);
    expect(moved.err).toContain('CON-E004');
    expect((await place.run(['sync', 'cps_client', 'Repository', '--plan', 'x'])).err).toContain('CON-R008');
    const again = await place.must(['sync', 'cps_client', 'Repository', '--preview']);
    await sync(`--plan=${/--plan=(\S+)/.exec(again.out)?.[1] ?? ''}`);
    expect(await exported('cps_client')).toEqual(await exported('cps'));
  });

  it('takes a subscriber off, which then must show its password again and compares', async () => {
    await sync();
    expect((await place.must(['status', 'cps'])).out).toMatch(/behind by[^]*\/cps_client\/Repository/);
    const wrong = await place.run(['unpublish', 'cps', 'Repository', '--subscriber', 'nobody']);
    expect(wrong.err).toMatch(/Its subscribers: http[^]*CON-R004/);
    await place.must(['unpublish', 'cps', 'Repository', '--subscriber', 'cps_client/Repository']);
    expect((await place.must(['status', 'cps'])).out).toContain('Repository of /portal_repository: 0 subscribers');
    const waiting = await sync();
    expect(waiting.out).toMatch(/is not synchronised yet[^]*waiting for permission to compare everything/);
    await sync(`--plan=${/--plan=(\S+)/.exec(waiting.out)?.[1] ?? ''}`);
    expect((await place.must(['status', 'cps'])).out).toContain('1 subscriber\n');
    expect((await sync('--json')).json()).toMatchObject({ outcome: 'done', traffic: { requests: 1 } });
  });

  it('shows what a first sync, a slow one and a refresh would do, and does just that', async () => {
    const preview = ['sync', 'cps_client', 'Repository', '--preview'];
    expect((await place.must(preview)).out).toMatch(
      /^Everything is compared: 2 objects at the publisher, 0 here[^]*\/portal_repository\/anna +create/,
    );
    await sync();
    await edit('cps', 'ben', person('ben', 'Mittelau'));
    await edit('cps_client', 'anna', person('anna', 'Unterwald'));
    const shown = await place.must([...preview, '--refresh-from', 'publisher']);
    expect(shown.out).toMatch(
      /What would change here[^]*anna +update[^]*ben +update[^]*--refresh-from publisher --plan=/,
    );
    const other = await place.must([...preview, '--refresh-from', 'subscriber']);
    expect(other.out).toMatch(/What would change at the publisher[^]*anna +update[^]*ben +update/);
    expect((await place.must([...preview, '--slow'])).out).toMatch(
      /would be sent:[^]*anna[^]*would be received:[^]*ben/,
    );
    expect(await place.run([...preview, '--plan=x'])).toMatchObject({ code: 2, out: '' });
    await sync('--refresh-from', 'publisher', `--plan=${/--plan=(\S+)/.exec(shown.out)?.[1] ?? ''}`);
    expect((await exported('cps_client'))['anna.xml']).toBe(person('anna', 'Nordhaven'));
    expect(await exported('cps_client')).toEqual(await exported('cps'));
  });

  it('asks before it deletes much, and lets all else through', async () => {
    for (let at = 0; at < 30; at += 1) place.put(`many/p${at}.xml`, person(`p${at}`, 'Nordhaven'));
    const many = join(place.folder, 'many');
    await place.must(['import', 'cps', '/portal_repository', many]);
    await sync();
    place.put('few/anna.xml', person('anna', 'Obermoor'));
    const mirror = ['import', 'cps', '/portal_repository', join(place.folder, 'few'), '--mirror'];
    expect((await place.run(mirror)).err).toContain('CON-E003');
    await place.must([...mirror, '--allow-deletions', '100']);
    expect((await sync()).out).toMatch(/waiting for permission: 31 deletions[^]*--allow-deletions 31/);
    expect(Object.keys(await exported('cps_client'))).toHaveLength(32);
    expect((await exported('cps_client'))['anna.xml']).toContain('Obermoor');
    await sync('--allow-deletions', '31');
    expect((await place.must(['status', 'cps_client'])).out).toContain('agreed');
  });

  it('names what it keeps back, and why', async () => {
    await sync();
    await place.must(['subscribe', 'cps_client', 'Repository', '--mode', 'pull']);
    await edit('cps_client', 'anna', person('anna', 'Unterwald'));
    expect((await sync()).out).toContain(
      '1 exception, kept back, refused or waiting. Next: concord status cps_client Repository',
    );
    const status = ['status', 'cps_client', 'Repository'];
    expect((await place.must(status)).out).toContain('/portal_repository/anna: kept back by the mode');
    expect((await place.must([...status, '--json'])).json()).toMatchObject({
      subscriptions: [{ exceptions: 1, exceptionList: [{ why: { reason: 'withheld', by: 'mode' } }] }],
    });
    await place.must(['subscribe', 'cps_client', 'Repository', '--mode', 'two-way']);
    expect((await sync()).out).not.toContain('exception');
    expect(await exported('cps_client')).toEqual(await exported('cps'));
  });

  it('says what to do when the account is wrong, and goes on when it is right', async () => {
    const subscribe = ['subscribe', 'cps_client', 'Repository', '--user', 'sync', '--password-stdin'];
    await place.must(subscribe, { input: 'wrong' });
    const refused = await place.run(['sync', 'cps_client', 'Repository']);
    expect(refused.code).toBe(1);
    expect(refused.err).toContain('CON-A004');
    await place.must(subscribe, { input: password });
    await sync();
  });

  it('says what to do when there is no such publication, subscription or site, or nobody answers', async () => {
    expect((await place.run(['sync', 'cps_client', 'Other'])).err).toContain('CON-R004');
    expect((await place.run(['sync', 'nowhere', 'Other'])).err).toContain('CON-R001');
    await place.must(['subscribe', 'cps_client', 'Repository', '--publication', 'Other']);
    expect((await place.run(['sync', 'cps_client', 'Repository'])).err).toContain('CON-R003');
    const nobody = ['subscribe', 'cps_client', 'Repository', '--publication-url', 'http://localhost:1/cps'];
    expect((await place.run(nobody)).err).toContain(
      `The password that is kept is the one of sync at ${server.address}`,
    );
    await place.must([...nobody, '--publication', 'Repository', '--user', 'sync'], { environment });
    expect((await place.run(['sync', 'cps_client', 'Repository'])).err).toContain('CON-T001');
    expect((await place.must(['status', 'cps_client'])).out).toContain('waiting to be tried again');
  });
});

describe('concord history', () => {
  it('tells what changed, and writes an old revision again, of a deleted object too', async () => {
    await edit('cps', 'anna', person('anna', 'Obermoor'));
    const path = '/cps/portal_repository/anna';
    const listed = await place.must(['history', 'cps', path]);
    expect(listed.out).toMatch(/operator\n.*town.*"Nordhaven" -> "Obermoor"/);
    const [newest, oldest] = (await place.must(['history', 'cps', path, '--json'])).json() as [
      { readonly seq: number },
      { readonly seq: number },
    ];
    await place.must(['history', 'cps', path, '--restore', `${oldest.seq}`]);
    expect((await exported('cps'))['anna.xml']).toBe(person('anna', 'Nordhaven'));
    expect((await place.run(['history', 'cps', path, '--restore', '9999'])).err).toContain('CON-R009');
    place.put('only-ben/ben.xml', person('ben', 'Altbrück'));
    await place.must(['import', 'cps', '/portal_repository', join(place.folder, 'only-ben'), '--mirror']);
    expect((await place.must(['history', 'cps', '/portal_repository', '--deleted'])).out).toContain('/anna');
    await place.must(['history', 'cps', path, '--restore', `${newest.seq}`]);
    expect((await place.run(['export', 'cps', path, join(place.folder, 'anna.xml')])).code).toBe(0);
    expect(readFileSync(join(place.folder, 'anna.xml'), 'utf8').trim()).toBe(person('anna', 'Obermoor'));
  });
});

describe('the activities of a running server', () => {
  it('synchronise what was asked for over the API', async () => {
    const admin = { CONCORD_PASSWORD: 'manager' };
    await place.must(['user', 'add', 'boss', '--role', 'Manager'], { environment: admin });
    const authorization = `Basic ${Buffer.from('boss:manager').toString('base64')}`;
    const url = `${server.address}/cps_client/api/v1/subscriptions/Repository/sync`;
    const asked = await fetch(url, { method: 'POST', headers: { authorization } });
    expect(asked.status).toBe(202);
    await expect
      .poll(async () => (await place.must(['status', 'cps_client'])).out)
      .toMatch(/Subscription Repository at \/portal_repository: agreed/);
    expect(await exported('cps_client')).toEqual(await exported('cps'));
  });
});
