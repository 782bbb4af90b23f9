import { documentFromJson } from '../../objects/json-form.ts';
import type { Installation } from '../../ports/installation.ts';
import { addAccount } from './accounts.ts';
import { exampleRecords } from './example-records.ts';
import { addSite } from './manage-sites.ts';
import { publish } from './publish.ts';
import type { Actor, SiteContext } from '../site-context.ts';
import type { SubscribeServices } from './subscribe.ts';
import { subscribe } from './subscribe.ts';
import { putObject } from '../objects/write-object.ts';

/** What setting up the example takes. */
export interface ExampleServices extends SubscribeServices {
  readonly installation: Installation;
  readonly site: (id: string) => Promise<SiteContext>;
  /** Where the server answers, such as `http://localhost:9673`: publication and subscription get their addresses from it. */
  readonly address: string;
}

/** The sites of the example, named as in the seed's description. */
export const exampleSites = { master: 'cps', client: 'cps_client' } as const;

/** The publication and the subscription of the example. */
export const exampleName = 'Repository';

const synchronizer = 'synchronizer';
const actor: Actor = { name: 'example', roles: ['Manager'] };

/**
 * Sets the example up as the seed describes it: a master and a client, records at the master, a publication, a subscription, and the account that it uses. What is
 * there already stays as it is, but for the addresses. Returns whether it was set up now.
 */
export async function setUpExample(services: ExampleServices): Promise<boolean> {
  const isNew = !(await services.installation.sites()).some(({ id }) => id === exampleSites.master);
  await ensureSite(services, exampleSites.master, 'The master site');
  await ensureSite(services, exampleSites.client, 'The client site');
  const master = await services.site(exampleSites.master);
  if (isNew) await putRecords(master);
  await publishExample(master, services);
  await subscribeExample(master, services);
  return isNew;
}

async function ensureSite({ installation }: ExampleServices, id: string, title: string): Promise<void> {
  if (!(await installation.sites()).some((site) => site.id === id)) await addSite(installation, { id, title });
}

async function putRecords(context: SiteContext): Promise<void> {
  for (const { path, properties } of exampleRecords) {
    await putObject(context, actor, { path, document: documentFromJson(properties), createParents: true });
  }
}

async function publishExample(master: SiteContext, { address, xpath }: ExampleServices): Promise<void> {
  const url = `${address}/${exampleSites.master}`;
  const isThere = (await master.store.publication(exampleName)) !== undefined;
  const path = isThere ? {} : { path: '/cps/portal_repository' };
  await publish(master, { id: exampleName, actor, url, ...path }, xpath);
}

async function subscribeExample(master: SiteContext, services: ExampleServices): Promise<void> {
  const client = await services.site(exampleSites.client);
  const before = await client.store.subscription(exampleName);
  const urls = {
    publicationUrl: `${services.address}/${exampleSites.master}`,
    subscriptionUrl: `${services.address}/${exampleSites.client}/${exampleName}`,
  };
  const hasMoved = before !== undefined && before.publicationUrl !== urls.publicationUrl;
  // The same account at the same site, of which only the address is another one now.
  const kept = hasMoved && before.user === synchronizer ? client.vault.open(before.password) : undefined;
  const password = (await ensureSynchronizer(master)) ?? kept;
  const account = password === undefined ? {} : { user: synchronizer, password };
  const path = before === undefined ? { path: '/cps_client/portal_repository' } : {};
  await subscribe(client, { id: exampleName, actor, ...urls, ...path, ...account }, services);
}

/** Makes the account that the client signs in with; returns its password when it is new. */
async function ensureSynchronizer(master: SiteContext): Promise<string | undefined> {
  if ((await master.accounts.account(synchronizer)) !== undefined) return undefined;
  const password = master.identifiers.secret();
  await addAccount(master, actor, { name: synchronizer, roles: ['Synchronizer'], password });
  return password;
}
