import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Composition } from '../../src/compose/compose.ts';
import { compose } from '../../src/compose/compose.ts';
import { engineServices } from '../../src/compose/engine.ts';
import { readConfiguration } from '../../src/configuration/read-configuration.ts';
import { newSubscriberState } from '../../src/synchronization/subscriber.ts';
import { defaultTerms } from '../../src/synchronization/subscription.ts';
import { addAccount } from '../../src/use-cases/administration/accounts.ts';
import { addSite } from '../../src/use-cases/administration/manage-sites.ts';
import { publish } from '../../src/use-cases/administration/publish.ts';
import { releaseSubscriber } from '../../src/use-cases/administration/remove-subscriber.ts';
import { putObject } from '../../src/use-cases/objects/write-object.ts';
import { answerMessage } from '../../src/use-cases/publisher/answer-message.ts';
import type { Actor } from '../../src/use-cases/site-context.ts';

const manager: Actor = { name: 'the test', roles: ['Manager'] };
const url = 'http://leaf/leaf/R';

async function publishTo({ site, installation, xpath }: Composition): Promise<void> {
  await addSite(installation, { id: 'hub', title: 'hub' });
  const hub = await site('hub');
  await putObject(hub, manager, { path: ['people'] });
  await publish(hub, { id: 'R', path: '/people', actor: manager }, xpath);
  await addAccount(hub, manager, { name: 'sync', roles: ['Synchronizer'], password: 'secret-enough' });
  const row = { publication: 'R', url, account: 'sync', tokenHash: '', terms: defaultTerms };
  await hub.store.addSubscriber({ ...row, state: newSubscriberState });
}

/** A message of the subscriber, with its password, whose Alert nobody can read. */
function nonsense(session: number): Uint8Array {
  const password = Buffer.from('sync:secret-enough').toString('base64');
  return Buffer.from(`<SyncML xmlns="SYNCML:SYNCML1.2"><SyncHdr><VerDTD>1.2</VerDTD><VerProto>SyncML/1.2</VerProto>
    <SessionID>${session}</SessionID><MsgID>1</MsgID><Target><LocURI>http://hub/hub</LocURI></Target>
    <Source><LocURI>${url}</LocURI></Source><Cred><Meta><Format xmlns="syncml:metinf">b64</Format>
    <Type xmlns="syncml:metinf">syncml:auth-basic</Type></Meta><Data>${password}</Data></Cred></SyncHdr>
    <SyncBody><Alert><CmdID>1</CmdID><Data>200</Data><Item><Target><LocURI>R</LocURI></Target><Source><LocURI>R</LocURI></Source>
    <Meta><Anchor xmlns="syncml:metinf"><Last>1</Last><Next>2</Next></Anchor><EMI xmlns="syncml:metinf">position=none</EMI></Meta>
    </Item></Alert><Final/></SyncBody></SyncML>`);
}

async function statusFor(composition: Composition, session: number): Promise<string | undefined> {
  const hub = await composition.site('hub');
  const request = { body: nonsense(session), remoteAddress: '127.0.0.1' };
  const answer = new TextDecoder().decode(await answerMessage(hub, engineServices(hub, composition), request));
  return /<Cmd>SyncHdr<\/Cmd>.*?<Data>(\d+)<\/Data>/.exec(answer)?.[1];
}

it('is held back by all processes for what it did wrong at any of them, and released at all by one', async () => {
  const data = mkdtempSync(join(tmpdir(), 'concord-held-back-'));
  try {
    const configuration = readConfiguration({}, { data });
    await using one = await compose(configuration);
    await publishTo(one);
    await using other = await compose(configuration);
    for (let session = 0; session < 5; session++)
      expect(await statusFor(session % 2 === 0 ? one : other, session)).toBe('400');
    expect([await statusFor(one, 6), await statusFor(other, 7)]).toEqual(['417', '417']);
    await releaseSubscriber(await one.site('hub'), manager, { publication: 'R', subscriber: url });
    expect(await statusFor(other, 8)).toBe('400');
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
});
