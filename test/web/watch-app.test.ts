import { expect, it } from 'vitest';
import { startServer } from '../../src/web/server.ts';
import { createWatchApp } from '../../src/web/watch-app.ts';
import type { DoorSettings } from '../../src/web/web-services.ts';
import { defaultWebSettings } from '../../src/web/web-services.ts';
import { startWeb } from './web-fixture.ts';

/** Asks `/metrics` of a process without pages so many times, from one address or from a new one each time. Returns what each answer was. */
async function askMetrics(
  door: Partial<DoorSettings>,
  asked: { readonly times: number; readonly headers?: (time: number) => Readonly<Record<string, string>> },
): Promise<readonly number[]> {
  const { services } = await startWeb();
  const watching = { services, settings: { openTo: 'loopback', subscribers: 1 } } as const;
  const more = { reportFault: () => undefined, door: { ...defaultWebSettings, ...door } };
  await using server = await startServer(createWatchApp(watching, more), { host: '127.0.0.1', port: 0, stopMs: 1_000 });
  const statuses: number[] = [];
  for (let time = 0; time < asked.times; time++)
    statuses.push((await fetch(`${server.address}/metrics`, { headers: { ...asked.headers?.(time) } })).status);
  return statuses;
}

it('takes what came through a trusted proxy for no request of this machine', async () => {
  const headers = (): Record<string, string> => ({ 'x-forwarded-for': '203.0.113.9' });
  expect(await askMetrics({ trustedProxies: 1 }, { times: 1, headers })).toEqual([401]);
  expect(await askMetrics({ trustedProxies: 1 }, { times: 1 })).toEqual([200]);
});

it('holds back an address whose sign-ins fail, and one that asks too often', async () => {
  const headers = (time: number): Record<string, string> => ({
    authorization: `Basic ${Buffer.from(`name${time}:guess`).toString('base64')}`,
  });
  expect(await askMetrics({ failedSignInsPerMinute: 2 }, { times: 3, headers })).toEqual([401, 401, 429]);
  expect(await askMetrics({ requestsPerMinute: 2 }, { times: 3 })).toEqual([200, 200, 429]);
});
