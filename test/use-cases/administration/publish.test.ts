import { beforeEach, describe, expect, it } from 'vitest';
import { XmldomXPathEvaluator } from '../../../src/adapters/xpath/xmldom-xpath-evaluator.ts';
import type { PublicationSettings } from '../../../src/use-cases/administration/publish.ts';
import { publish, unpublish } from '../../../src/use-cases/administration/publish.ts';
import { HandClock } from '../../support/memory-site.ts';
import { card, manager, TestSite } from '../../support/synced-sites.ts';

const xpath = new XmldomXPathEvaluator();
let site: TestSite;
beforeEach(async () => {
  site = new TestSite('cps', new HandClock());
  await site.put('/portal_repository/a', card('A', '1'));
  await site.put('/workspaces/b', card('B', '2'));
});

function offer(settings: PublicationSettings, id = 'Repository') {
  return publish(site.context, { id, actor: manager, ...settings }, xpath);
}

describe('publish', () => {
  it('offers what is below a path, with the names of the seed as defaults', async () => {
    const { publication, outcome } = await offer({ path: '/portal_repository' });
    expect(outcome).toBe('created');
    expect(publication).toMatchObject({
      path: '/portal_repository',
      query: 'objectValues',
      mapping: 'asXML',
      conduit: 'object',
      mayPull: 'everyone',
      mayPush: 'everyone',
      generation: 1,
    });
    expect(await site.context.store.publication('Repository')).toEqual(publication);
  });

  it('accepts the id of the site before the path, as the seed has it', async () => {
    const { publication } = await offer({ path: '/cps/portal_repository' });
    expect(publication.path).toBe('/portal_repository');
  });

  it('offers the whole site for the path /', async () => {
    const { publication } = await offer({ path: '/cps' });
    expect(publication).toMatchObject({ path: '/', root: '' });
  });

  it.each([
    [{ path: '/nowhere' }, 'CON-R002'],
    [{}, 'CON-R008'],
    [{ path: '/portal_repository', mapping: 'asPDF' }, 'CON-R005'],
    [{ path: '/portal_repository', conduit: 'carrier-pigeon' }, 'CON-R005'],
    [{ path: '/portal_repository', query: 'everything' }, 'CON-R005'],
    [{ path: '/portal_repository', query: '@a = (' }, 'CON-E007'],
    [{ path: '/portal_repository', url: 'not a url' }, 'CON-R008'],
    [{ path: '/portal_repository', url: 'ftp://localhost/cps' }, 'CON-W007'],
    [{ path: '/portal_repository', keyName: 'office' }, 'CON-K001'],
    [{ path: '/portal_repository', gidGenerator: 'getPhone' }, 'CON-R005'],
  ] as const)('refuses %j with %s, and publishes nothing', async (settings, code) => {
    await expect(offer(settings)).rejects.toMatchObject({ code });
    expect(await site.context.store.publications()).toEqual([]);
  });

  it.each(['', ' ', 'a\nb', 'x'.repeat(256)])('refuses the id “%s”', async (id) => {
    await expect(offer({ path: '/' }, id)).rejects.toMatchObject({ code: 'CON-R008' });
  });

  it('lists the known names when one is unknown', async () => {
    await expect(offer({ path: '/', conduit: 'x' })).rejects.toThrow(/object, xml/);
  });

  it('changes what is said, and leaves the rest as it is', async () => {
    await offer({ path: '/portal_repository', mayPush: ['anna'] });
    const { publication, outcome } = await offer({ url: 'http://hub/cps/' });
    expect(outcome).toBe('changed');
    expect(publication).toMatchObject({ url: 'http://hub/cps', mayPush: ['anna'], path: '/portal_repository' });
  });

  it('says when nothing changes, and logs nothing then', async () => {
    await offer({ path: '/portal_repository' });
    const lines = await site.context.store.log();
    expect((await offer({ path: '/portal_repository' })).outcome).toBe('unchanged');
    expect(await site.context.store.log()).toEqual(lines);
  });

  it.each([
    ['path', { path: '/workspaces' }],
    ['query', { query: '@portal_type = "Person"' }],
    ['conduit', { conduit: 'xml' }],
    ['right to pull', { mayPull: ['anna'] }],
    ['right to push', { mayPush: [] }],
  ] as const)('starts a new generation when the %s changes', async (_what, settings) => {
    await offer({ path: '/portal_repository' });
    const { publication, startsGeneration } = await offer(settings);
    expect(startsGeneration).toBe(true);
    expect(publication.generation).toBe(2);
  });

  it('stays in its generation when only address or policy change', async () => {
    await offer({ path: '/portal_repository' });
    const { publication } = await offer({ url: 'http://hub/cps', conflictPolicy: 'NEWER' });
    expect(publication).toMatchObject({ generation: 1, conflictPolicy: 'NEWER' });
  });

  it('keeps one log range for each set of objects that something uses', async () => {
    await offer({ path: '/portal_repository' });
    await offer({ path: '/portal_repository' }, 'Second');
    await offer({ path: '/workspaces' });
    expect(await site.context.store.collections()).toHaveLength(2);
    await unpublish(site.context, manager, 'Second');
    await unpublish(site.context, manager, 'Repository');
    expect(await site.context.store.collections()).toHaveLength(0);
  });
});

describe('unpublish', () => {
  it('keeps the objects', async () => {
    await offer({ path: '/portal_repository' });
    await unpublish(site.context, manager, 'Repository');
    expect(await site.context.store.publications()).toEqual([]);
    expect(await site.context.store.head()).toMatchObject({ seq: 4 });
  });

  it('refuses a publication that is not there', async () => {
    await expect(unpublish(site.context, manager, 'Repository')).rejects.toMatchObject({ code: 'CON-R003' });
  });
});
