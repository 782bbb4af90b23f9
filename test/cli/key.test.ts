import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunningStart, Workplace } from './run-concord.ts';
import { makeWorkplace, startServer } from './run-concord.ts';

const environment = { CONCORD_PASSWORD: 'a:b c' };
let place: Workplace;

beforeEach(async () => {
  place = makeWorkplace();
  await place.must(['site', 'add', 'cps']);
  await place.must(['site', 'add', 'cps_client']);
  await place.must(['user', 'add', 'sync', '--site', 'cps', '--role', 'Synchronizer'], { environment });
});

afterEach(() => {
  place[Symbol.dispose]();
});

/** What a site exports, another takes in. Returns the fingerprint. */
async function handOver(from: string, name: string, to: string): Promise<string> {
  const { out } = await place.must(['key', 'export', from, name]);
  const { json } = await place.must(['key', 'import', to, '-', '--name', `of ${from}`, '--json'], { input: out });
  // What `key import --json` prints.
  return (json() as { readonly fingerprint: string }).fingerprint;
}

describe('concord key', () => {
  it('makes, lists and exports keys, and shows nothing private', async () => {
    const { out } = await place.must([
      'key',
      'make',
      'cps',
      'office',
      '--email',
      'o@example.org',
      '--expires-after',
      '9',
    ]);
    expect(out).toMatch(/fingerprint (?:[0-9A-F]{4} ?){10}/);
    const listed = await place.must(['key', 'list', 'cps', '--json']);
    expect(listed.json()).toMatchObject([{ name: 'office', isOwn: true, userIds: ['office <o@example.org>'] }]);
    expect(listed.out).not.toContain('PRIVATE');
    expect((await place.must(['key', 'export', 'cps', 'office'])).out).toMatch(/^-----BEGIN PGP PUBLIC KEY BLOCK-----/);
    expect((await place.must(['key', 'list', 'cps'])).out).toContain('good until');
    expect((await place.run(['key', 'make', 'cps', 'office'])).err).toContain('CON-R006');
  });

  it('trusts a key for somebody who is there, and for one at a time', async () => {
    await place.must(['key', 'make', 'cps_client', 'field']);
    const fingerprint = await handOver('cps_client', 'field', 'cps');
    expect((await place.run(['key', 'trust', 'cps', fingerprint])).code).toBe(2);
    expect((await place.run(['key', 'trust', 'cps', fingerprint, '--account', 'nobody'])).err).toContain('CON-R011');
    expect((await place.run(['key', 'trust', 'cps', 'nothing', '--account', 'sync'])).err).toContain('CON-K001');
    const { out } = await place.must(['key', 'trust', 'cps', fingerprint, '--account', 'sync']);
    expect(out).toContain('belongs to account:sync');
  });

  it('keeps a revocation, whatever copy of the key comes later', async () => {
    await place.must(['key', 'make', 'cps_client', 'field']);
    const before = (await place.must(['key', 'export', 'cps_client', 'field'])).out;
    await handOver('cps_client', 'field', 'cps');
    const { json } = await place.must(['key', 'revoke', 'cps_client', 'field', '--json']);
    const { publicKey } = json() as { readonly publicKey: string };
    await place.must(['key', 'import', 'cps', '-'], { input: publicKey });
    await place.must(['key', 'import', 'cps', '-'], { input: before });
    expect((await place.must(['key', 'list', 'cps'])).out).toContain('revoked');
    expect((await place.run(['key', 'trust', 'cps', 'of cps_client', '--account', 'sync'])).err).toContain('CON-K002');
  });

  it('rotates only what is there', async () => {
    expect((await place.run(['key', 'rotate', 'cps', 'office'])).err).toContain('CON-K001');
    await place.must(['key', 'make', 'cps', 'office']);
    await place.must(['key', 'rotate', 'cps', 'office']);
    expect((await place.must(['key', 'list', 'cps', '--json'])).json()).toHaveLength(2);
    expect((await place.run(['key', 'revoke', 'cps', 'office'])).err).toContain('Several keys');
  });
});

describe('a sealed subscription', () => {
  let server: RunningStart;

  beforeEach(async () => {
    const file = join(place.folder, 'anna.xml');
    writeFileSync(file, '<person><name>anna</name></person>');
    await place.must(['import', 'cps', '/portal_repository', file]);
    await place.must(['key', 'make', 'cps', 'office']);
    await place.must(['key', 'make', 'cps_client', 'field']);
    await place.must(['publish', 'cps', 'Repository', '--path', '/portal_repository', '--key', 'office']);
    server = await startServer(place);
    await place.must(
      [
        ...['subscribe', 'cps_client', 'Repository', '--path', '/portal_repository', '--user', 'sync'],
        ...['--publication-url', `${server.address}/cps`, '--key', 'field'],
        ...['--subscription-url', `${server.address}/cps_client/Repository`],
      ],
      { environment },
    );
  });

  afterEach(async () => {
    await server.stop();
  });

  it('syncs over HTTP when both have the key of the other', async () => {
    const sync = () => place.run(['sync', 'cps_client', 'Repository']);
    expect((await sync()).err).toContain('CON-K004');
    const ofPublisher = await handOver('cps', 'office', 'cps_client');
    await place.must(['key', 'trust', 'cps_client', ofPublisher, '--subscription', 'Repository']);
    const refused = await sync();
    expect(refused.code).toBe(1);
    expect((await place.must(['log', 'cps'])).out).toContain('seal');
    const ofSubscriber = await handOver('cps_client', 'field', 'cps');
    await place.must(['key', 'trust', 'cps', ofSubscriber, '--account', 'sync']);
    expect(await place.must(['sync', 'cps_client', 'Repository', '--preview'])).toMatchObject({ code: 0 });
    expect((await sync()).out).toContain('1 created');
  });
});
