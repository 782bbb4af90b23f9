/**
 * A process of the benchmark with many real subscribers: each is a site of its own, with a store, a subscription and a token. Its argument is the data directory.
 */
import { basename } from 'node:path';
import { compose } from '../src/compose/compose.ts';
import { engineServices } from '../src/compose/engine.ts';
import { readConfiguration } from '../src/configuration/read-configuration.ts';
import { parsePath } from '../src/objects/path.ts';
import { addSite } from '../src/use-cases/administration/manage-sites.ts';
import { subscribe } from '../src/use-cases/administration/subscribe.ts';
import { putObject } from '../src/use-cases/objects/write-object.ts';
import type { Actor } from '../src/use-cases/site-context.ts';
import { runSync } from '../src/use-cases/subscriber/run-sync.ts';
import { account } from './bench-account.ts';
import { fingerprintOf } from './fingerprint.ts';
import type { SubscriberReply, SubscriberRequest, SubscriberResult } from './subscriber-messages.ts';

const actor: Actor = { name: 'bench', roles: ['Manager'] };
const composition = await compose(readConfiguration({}, { data: process.argv[2] ?? '', port: 0 }));
// The same ones from another folder are others.
const family = basename(process.argv[2] ?? '');
const siteOf = (index: number): string => `${family}-${index}`;

process.on('message', (message) => {
  // Only the benchmark writes to this channel.
  const request = message as SubscriberRequest;
  const { number } = request;
  carryOut(request).then(
    (result) => {
      reply({ number, outcome: 'done', result });
      if (request.do === 'close') process.disconnect();
    },
    (error: unknown) => {
      reply({ number, outcome: 'failed', text: error instanceof Error ? error.message : String(error) });
    },
  );
});
let isClosed = false;
// Whoever started it is gone: nobody else would end it.
process.once('disconnect', () => {
  if (!isClosed) void composition[Symbol.asyncDispose]();
});
reply({ number: 0, outcome: 'done', result: {} });

function reply(answer: SubscriberReply): void {
  process.send?.(answer);
}

async function carryOut(request: SubscriberRequest): Promise<SubscriberResult> {
  switch (request.do) {
    case 'subscribe':
      return follow(request);
    case 'session':
      return session(request);
    case 'fingerprint':
      return { fingerprint: await fingerprintOf((await composition.site(siteOf(request.index))).store, request.path) };
    case 'close':
      isClosed = true;
      await composition[Symbol.asyncDispose]();
      return {};
    default:
      return request satisfies never;
  }
}

async function follow({
  index,
  publisher,
  publication,
}: Extract<SubscriberRequest, { do: 'subscribe' }>): Promise<SubscriberResult> {
  const site = siteOf(index);
  await addSite(composition.installation, { id: site, title: '' });
  const { calendar, xpath } = composition;
  const addresses = {
    publicationUrl: publisher,
    subscriptionUrl: `http://localhost:9673/${site}/${publication}`,
    publication,
    path: `/${publication}`,
  };
  const { name: user, password } = account;
  const request = { id: publication, actor, user, password, ...addresses };
  await subscribe(await composition.site(site), request, { calendar, xpath });
  return {};
}

async function session({
  index,
  publication,
  report,
}: Extract<SubscriberRequest, { do: 'session' }>): Promise<SubscriberResult> {
  const context = await composition.site(siteOf(index));
  if (report !== undefined) {
    const document = `<report><from>${index}</from><text>${report}</text></report>`;
    await putObject(context, actor, { path: parsePath(`/${publication}/${report}`), document });
  }
  const { node, transport } = composition;
  const services = engineServices(context, composition);
  const begin = performance.now();
  const { outcome } = await runSync(context, { id: publication, options: { holder: node } }, { services, transport });
  if (outcome !== 'done') throw new Error(`the sync ended as ${outcome}`);
  return { ms: performance.now() - begin };
}
