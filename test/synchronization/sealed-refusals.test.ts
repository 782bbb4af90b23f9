import { beforeEach, describe, expect, it } from 'vitest';
import type { OutgoingMessage } from '../../src/ports/transport.ts';
import { removeSubscriber } from '../../src/use-cases/administration/remove-subscriber.ts';
import { looksSealed } from '../../src/use-cases/exchange/seals.ts';
import { previewSync } from '../../src/use-cases/subscriber/preview-sync.ts';
import { runSync } from '../../src/use-cases/subscriber/run-sync.ts';
import { card, manager, sync, Wire } from '../support/synced-sites.ts';
import type { SealedPair } from './sealed-pair.ts';
import { at, repository, sealedPair } from './sealed-pair.ts';

let pair: SealedPair;
let wire: Wire;

beforeEach(async () => {
  pair = await sealedPair('http');
  wire = new Wire(pair.publisher, pair.subscriber);
  await sync(pair.subscriber, repository, wire);
});

async function expel(): Promise<void> {
  const name = { publication: repository, subscriber: pair.subscriber.url + `/${repository}` };
  await removeSubscriber(pair.publisher.context, manager, name);
}

/** As a publisher that was restored to before the token was given. */
async function forgetToken(): Promise<void> {
  const { store } = pair.publisher.context;
  const rows = (await store.subscribers(repository)).map((row) => ({ row: { ...row, tokenHash: '' } }));
  await store.update(() => Promise.resolve({ batch: { subscribers: rows }, result: undefined }));
}

const subscription = async () => pair.subscriber.context.store.subscription(repository);

/** A wire that breaks off at the first answer, so that a session stays open. */
async function breakOff(): Promise<void> {
  const broken = new Wire(pair.publisher, pair.subscriber);
  broken.fault = (where, count) => {
    if (where === 'request' && count === 2) throw new Error('cut');
  };
  await expect(sync(pair.subscriber, repository, broken)).rejects.toThrow('cut');
}

describe('a refusal is sealed for whoever signed what is refused', () => {
  it('so that a subscriber which was taken off comes back with its password, and nothing goes in clear', async () => {
    await expel();
    const seen: Uint8Array[] = [];
    const watching = {
      schemes: ['http'],
      deliver: async (message: OutgoingMessage) => {
        const answer = await wire.deliver(message);
        seen.push(message.body, answer.body);
        return answer;
      },
    };
    const control = { services: pair.subscriber.services, transport: watching };
    const request = { id: repository, options: { holder: 'test' } };
    const { outcome, waiting } = await runSync(pair.subscriber.context, request, control);
    expect(outcome).toBe('waiting-for-permission');
    await sync(pair.subscriber, repository, wire, { plan: waiting?.for === 'comparison' ? waiting.plan : '' });
    expect(seen.every(looksSealed)).toBe(true);
    await pair.subscriber.put(`${at}/first`, card('First', '2'));
    await sync(pair.subscriber, repository, wire);
    expect(await pair.publisher.get(`${at}/first`)).toBe(card('First', '2'));
  });

  it('so that a publisher which has forgotten the token is shown the password again', async () => {
    await forgetToken();
    await pair.subscriber.put(`${at}/first`, card('First', '2'));
    await sync(pair.subscriber, repository, wire);
    expect(await pair.publisher.get(`${at}/first`)).toBe(card('First', '2'));
  });

  it('so that a preview asks with the password as well', async () => {
    await forgetToken();
    const control = { services: pair.subscriber.services, transport: wire };
    await expect(previewSync(pair.subscriber.context, { id: repository }, control)).resolves.toBeDefined();
  });

  it('so that a session which is not known any more is begun anew', async () => {
    await pair.publisher.put(`${at}/first`, card('First', '2'));
    await breakOff();
    await expel();
    expect((await sync(pair.subscriber, repository, wire)).outcome).toBe('waiting-for-permission');
  });

  it('so that a wrong password is called that', async () => {
    await expel();
    await pair.publisher.addAccount('sync', 'another');
    await expect(sync(pair.subscriber, repository, wire)).rejects.toMatchObject({ code: 'CON-A004' });
  });
});

describe('a refusal in clear', () => {
  it('is believed by no subscriber that seals: it keeps its token, and asks nothing more', async () => {
    await expel();
    const before = await subscription();
    let asked = 0;
    const forging = {
      schemes: ['http'],
      deliver: async () => {
        asked += 1;
        const id = (await subscription())?.state.session?.id ?? '';
        const body = `<SyncML><SyncHdr><VerDTD>1.2</VerDTD><VerProto>SyncML/1.2</VerProto><SessionID>${id}</SessionID><MsgID>1</MsgID><Target><LocURI>x</LocURI></Target><Source><LocURI>y</LocURI></Source></SyncHdr><SyncBody><Status><CmdID>1</CmdID><MsgRef>1</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd><Data>401</Data></Status><Final/></SyncBody></SyncML>`;
        return { outcome: 'answered', body: new TextEncoder().encode(body) } as const;
      },
    };
    const control = { services: pair.subscriber.services, transport: forging };
    await expect(
      runSync(pair.subscriber.context, { id: repository, options: { holder: 'test' } }, control),
    ).rejects.toMatchObject({ code: 'CON-A005' });
    expect(asked).toBe(1);
    expect((await subscription())?.token).toBe(before?.token);
    expect(before?.token).not.toBe('');
  });
});
