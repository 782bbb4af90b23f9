import { describe, expect, it } from 'vitest';
import { basicCred } from '../../../src/syncml/cred.ts';
import type { SyncMlMessage } from '../../../src/syncml/message.ts';
import { decodeMessage } from '../../../src/syncml/xml/decode-message.ts';
import { encodeMessage } from '../../../src/syncml/xml/encode-message.ts';
import { makeKey } from '../../../src/use-cases/administration/keys.ts';
import { receiveMessage } from '../../../src/use-cases/exchange/receive-message.ts';
import { answerMessage } from '../../../src/use-cases/publisher/answer-message.ts';
import { Carrier, carriedUrl } from '../../support/carrier.ts';
import { manager, seedPair } from '../../support/synced-sites.ts';

/** The first message of a session, of which only the beginning is well-formed: whoever reads it whole says so. */
function endless(password: string, publication = 'Repository'): Uint8Array {
  const message: SyncMlMessage = {
    header: {
      ...{ verDtd: '1.2', verProto: 'SyncML/1.2', sessionId: 'S'.repeat(22), msgId: 1 },
      target: { locUri: 'http://localhost:9673/cps' },
      source: { locUri: 'mailto:stranger@example.org' },
      cred: basicCred('sync', password),
    },
    body: [{ kind: 'Alert', cmdId: '1', code: 200, items: [{ target: { locUri: publication } }] }],
    isFinal: true,
  };
  return Buffer.from(encodeMessage(message).replace('<Final/>', `<Sync>${'<x>'.repeat(100_000)}`));
}

describe('a large message of somebody who is not known', () => {
  it.each([
    ['wrong', 'Repository'],
    ['wrong', 'Another'],
  ])('is refused by its beginning (password %s, publication %s)', async (password, publication) => {
    const { publisher } = await seedPair();
    const request = { body: endless(password, publication), remoteAddress: '127.0.0.1' };
    const answer = decodeMessage(
      new TextDecoder().decode(await answerMessage(publisher.context, publisher.services, request)),
    );
    expect(answer.body).toMatchObject([{ kind: 'Status', cmd: 'SyncHdr', code: 401 }]);
    expect((await publisher.context.store.log())[0]).toMatchObject({ kind: 'access', level: 'warning' });
  });

  it('is not answered where it came by mail', async () => {
    const { publisher } = await seedPair();
    const transport = new Carrier(publisher);
    const reception = { services: publisher.services, transport, holder: 'mail' };
    const received = await receiveMessage(publisher.context, { body: endless('wrong') }, reception);
    expect(received).toEqual({ outcome: 'ignored' });
    expect(transport.sent).toEqual([]);
  });

  it('has its password not even tried where messages are sealed', async () => {
    const { publisher } = await seedPair();
    await makeKey(publisher.context, manager, { name: 'office' });
    await publisher.publish('Repository', '/portal_repository', { keyName: 'office', url: carriedUrl(publisher) });
    const authenticate = () => expect.unreachable('the password was tried');
    const services = { ...publisher.services, authenticate };
    const request = { body: endless('a:b'), remoteAddress: '127.0.0.1' };
    const answer = decodeMessage(new TextDecoder().decode(await answerMessage(publisher.context, services, request)));
    expect(answer.body).toMatchObject([{ kind: 'Status', code: 401, items: [{ data: 'CON-A005' }] }]);
  });

  it('is read whole once its sender has shown who it is', async () => {
    const { publisher } = await seedPair();
    const request = { body: endless('a:b'), remoteAddress: '127.0.0.1' };
    await expect(answerMessage(publisher.context, publisher.services, request)).rejects.toMatchObject({
      code: expect.stringMatching(/^CON-X/) as string,
    });
  });
});
