import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { startReceiver } from '../../src/adapters/mail/mail-receiver.ts';
import { openSmtp } from '../../src/compose/smtp.ts';
import { readConfiguration } from '../../src/configuration/read-configuration.ts';
import type { MessageRoute } from '../../src/ports/transport.ts';
import { HandClock } from '../support/memory-site.ts';

const data = mkdtempSync(join(tmpdir(), 'concord-servers-'));
const stack: AsyncDisposable[] = [];

afterEach(async () => {
  for (const each of stack.splice(0).toReversed()) await each[Symbol.asyncDispose]();
  rmSync(data, { recursive: true, force: true });
});

describe('mail servers', () => {
  it('are that of the publication, else that of the site, else that of the installation', async () => {
    const taken: string[] = [];
    const serverNamed = async (name: string): Promise<string> => {
      const receiver = await startReceiver(
        { host: '127.0.0.1', port: 0, protocol: 'smtp', maxMailOctets: 1_000_000 },
        {
          knows: () => Promise.resolve(true),
          take: () => {
            taken.push(name);
            return Promise.resolve(undefined);
          },
          reportFault: () => undefined,
        },
      );
      stack.push(receiver);
      return `smtp://127.0.0.1:${receiver.port}`;
    };
    const servers = [
      { site: 'cps', smtp: await serverNamed('site') },
      { site: 'cps', publication: 'Repository', smtp: await serverNamed('publication') },
    ];
    const mail = { smtp: await serverNamed('installation'), servers };
    writeFileSync(join(data, 'concord.json'), JSON.stringify({ mail }));
    const configuration = readConfiguration({}, { data });
    const smtp = openSmtp(configuration, new HandClock());
    stack.push(smtp);
    const send = async (site: string, publication: string): Promise<void> => {
      const route: MessageRoute = {
        ...{ kind: 'request', site, publication, session: 's', message: 1 },
        ...{ from: 'mailto:a@example.org', subscription: 'mailto:a@example.org' },
      };
      const body = new TextEncoder().encode('<SyncML/>');
      await smtp.deliver({ url: 'mailto:b@example.org', body, contentType: 'application/vnd.syncml+xml', route });
    };
    await send('cps', 'Repository');
    await send('cps', 'People');
    await send('other', 'Repository');
    expect(taken).toEqual(['publication', 'site', 'installation']);
  });
});
