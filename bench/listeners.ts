import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { Agent, get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { compose } from '../src/compose/compose.ts';
import { startWeb } from '../src/compose/web.ts';
import { readConfiguration } from '../src/configuration/read-configuration.ts';
import { newSubscriberState } from '../src/synchronization/subscriber.ts';
import { defaultTerms } from '../src/synchronization/subscription.ts';
import { addAccount } from '../src/use-cases/administration/accounts.ts';
import { addSite } from '../src/use-cases/administration/manage-sites.ts';
import { publish } from '../src/use-cases/administration/publish.ts';
import { putObject } from '../src/use-cases/objects/write-object.ts';
import { hashOf } from '../src/use-cases/publisher/credentials.ts';
import type { Actor } from '../src/use-cases/site-context.ts';

/**
 * What it costs a web process to have many subscribers listening: `npm run bench -- listeners 1000`. The server is a process of its own, which is asked for its memory and
 * processor time before, while all listen and nothing happens, and after a burst of changes. The listeners are in this process.
 */

const actor: Actor = { name: 'bench', roles: ['Manager'] };
const quietMs = 30_000;
const burst = 100;
const urlOf = (index: number): string => `http://localhost:9673/leaf-${index}/R`;
const tokenOf = (index: number): string => `token-${index}`;

interface Usage {
  readonly port: number;
  readonly residentMb: number;
  readonly heapMb: number;
  readonly cpuMs: number;
}

if (process.argv[2] === 'serve') await serve(Number(process.argv[3]), process.argv[4] ?? '');
else await measure(Number(process.argv[2] ?? 1_000));

async function serve(count: number, data: string): Promise<void> {
  await using composition = await compose(readConfiguration({}, { data, port: 0 }));
  await addSite(composition.installation, { id: 'hub', title: 'hub' });
  const site = await composition.site('hub');
  await addAccount(site, actor, { name: 'sync', roles: ['Synchronizer'], password: 'secret-enough' });
  await putObject(site, actor, { path: ['people'] });
  await publish(site, { id: 'R', path: '/people', actor }, composition.xpath);
  for (let index = 0; index < count; index++)
    await site.store.addSubscriber({
      publication: 'R',
      url: urlOf(index),
      account: 'sync',
      tokenHash: hashOf(tokenOf(index)),
      terms: defaultTerms,
      state: newSubscriberState,
    });
  await using server = await startWeb(composition, {
    reportFault: console.error,
    whenListening: () => Promise.resolve(),
  });
  process.on('message', (asked) => {
    if (asked === 'burst') void change();
    else tell();
  });
  tell();
  await once(process, 'disconnect');

  async function change(): Promise<void> {
    for (let n = 0; n < burst; n++)
      await putObject(site, actor, { path: ['people', `p-${n}`], document: `<object><n>${n}</n></object>` });
    tell();
  }

  function tell(): void {
    const { user, system } = process.cpuUsage();
    const { rss, heapUsed } = process.memoryUsage();
    const megabyte = 1024 * 1024;
    const usage = { residentMb: rss / megabyte, heapMb: heapUsed / megabyte, cpuMs: (user + system) / 1000 };
    process.send?.({ port: server.port, ...usage } satisfies Usage);
  }
}

async function measure(count: number): Promise<void> {
  const data = mkdtempSync(join(tmpdir(), 'concord-listeners-'));
  const child = fork(fileURLToPath(import.meta.url), ['serve', String(count), data], { stdio: 'inherit' });
  const reported = async (): Promise<Usage> => {
    // Holds: only `tell` above sends.
    const [usage] = (await once(child, 'message')) as [Usage];
    return usage;
  };
  const ask = async (what: string): Promise<Usage> => {
    const answer = reported();
    child.send(what);
    return answer;
  };
  const before = await reported();
  const agent = new Agent({ keepAlive: false, maxSockets: Infinity });
  let events = 0;
  const requests: ClientRequest[] = [];
  for (let index = 0; index < count; index++) requests.push(await listen(before.port, index));
  const opened = await ask('usage');
  await sleep(quietMs);
  const quiet = await ask('usage');
  const changed = await ask('burst');
  await sleep(5_000);
  const told = await ask('usage');
  const line = (name: string, value: number): string => `${name.padEnd(44)}${value.toFixed(1)}\n`;
  process.stdout.write(
    line('resident before, MB', before.residentMb) +
      line('resident with all listening, MB', quiet.residentMb) +
      line('for each, kB', ((quiet.residentMb - before.residentMb) * 1024) / count) +
      line('CPU to let each in, ms', (opened.cpuMs - before.cpuMs) / count) +
      line('CPU while nothing happens, % of one processor', ((quiet.cpuMs - opened.cpuMs) / quietMs) * 100) +
      line('CPU to tell all of a burst, and 5 s, ms', told.cpuMs - changed.cpuMs) +
      line('events of the burst for each', events / count),
  );
  for (const request of requests) request.destroy();
  child.disconnect();
  await once(child, 'exit');
  rmSync(data, { recursive: true, force: true });

  async function listen(port: number, index: number): Promise<ClientRequest> {
    const path = `/hub/api/v1/publications/R/changes?subscription=${encodeURIComponent(urlOf(index))}`;
    const headers = { authorization: `Bearer ${tokenOf(index)}` };
    const request = get({ host: '127.0.0.1', port, path, headers, agent });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    if (response.statusCode !== 200) throw new Error(`${response.statusCode}`);
    response.on('data', (chunk: Buffer) => {
      if (chunk.includes('event: changed')) events += 1;
    });
    response.on('error', () => undefined);
    request.on('error', () => undefined);
    return request;
  }
}
