import { describe, expect, it } from 'vitest';
import { SyncShares } from '../../src/web/sync-shares.ts';
import { startWeb } from './web-fixture.ts';
import { defaultWebSettings } from '../../src/web/web-services.ts';

const limits = { messagesAtOnce: 2, messagesPerMinute: 3, octetsPerMinute: 1_000 };
const tooMuch: unknown = expect.objectContaining({ code: 'CON-W009', retry: 'later' });

function messageOf(subscription: string, padding = 0): Uint8Array {
  return Buffer.from(`<SyncML><SyncHdr><Source><LocURI>${subscription}</LocURI>${'x'.repeat(padding)}`);
}

describe('the share of one sender', () => {
  it('is so many messages at a time, and what one has is free again when it is answered', () => {
    const shares = new SyncShares(limits, () => 0);
    const first = shares.enter('10.0.0.1');
    shares.enter('10.0.0.1');
    expect(() => shares.enter('10.0.0.1')).toThrow(tooMuch);
    first[Symbol.dispose]();
    shares.enter('10.0.0.1');
  });

  it('is so many messages a minute, of which no other sender has fewer', () => {
    let now = 600_000;
    const shares = new SyncShares(limits, () => now);
    for (let n = 0; n < 3; n++) shares.count('10.0.0.1', messageOf('http://a.example/s'));
    expect(() => {
      shares.count('10.0.0.1', messageOf('http://a.example/s'));
    }).toThrow(expect.objectContaining({ details: expect.objectContaining({ retryAfter: '60' }) as unknown }));
    shares.count('10.0.0.1', messageOf('http://b.example/s'));
    shares.count('10.0.0.2', messageOf('http://a.example/s'));
    shares.enter('10.0.0.2');
    now += 60_000;
    shares.count('10.0.0.1', messageOf('http://a.example/s'));
  });

  it('is the same for an address, however many names it makes up, and those who came before keep theirs', () => {
    const shares = new SyncShares(limits, () => 0);
    shares.count('10.0.0.1', messageOf('http://a.example/s'));
    for (let n = 0; n < 20_000; n++) shares.count('10.0.0.2', messageOf(`http://made-up.example/${n}`));
    expect(() => {
      for (let n = 0; n < 4; n++) shares.count('10.0.0.2', messageOf(`http://another.example/${n}`));
    }).toThrow(tooMuch);
    shares.count('10.0.0.1', messageOf('http://a.example/s'));
    shares.count('10.0.0.3', messageOf('http://c.example/s'));
  });

  it('is so many octets a minute, but one message is always taken, however long', () => {
    const shares = new SyncShares(limits, () => 0);
    shares.count('10.0.0.1', messageOf('http://a.example/s', 5_000));
    expect(() => {
      shares.count('10.0.0.1', messageOf('http://a.example/s'));
    }).toThrow(tooMuch);
  });
});

describe('a server whose sender has had its share', () => {
  it('answers with 429 and when to come again', async () => {
    const shares = { ...defaultWebSettings.shares, messagesPerMinute: 1 };
    const web = await startWeb({ settings: { shares } });
    const body = messageOf('http://a.example/s');
    const headers = { 'content-type': 'application/vnd.syncml+xml' };
    const ask = (): Promise<Response> => fetch(`${web.address}/cps`, { method: 'POST', headers, body });
    expect((await ask()).status).not.toBe(429);
    const second = await ask();
    expect(second.status).toBe(429);
    expect(Number(second.headers.get('retry-after'))).toBeGreaterThan(0);
  });
});
