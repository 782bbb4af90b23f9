import { describe, expect, it } from 'vitest';
import { putObject } from '../../src/use-cases/objects/write-object.ts';
import { manager, startWeb } from './web-fixture.ts';

describe('the addresses of the setup that this replaces', () => {
  it('drive the activities as its wget loop writes them', async () => {
    const ticked: string[] = [];
    const web = await startWeb({
      services: {
        tic: async (context, node) => {
          ticked.push(`${context.site} ${node}`);
          return { done: 2, retried: 1, failed: 0, lost: 0 };
        },
      },
    });
    await web.site.queue.add({ work: { name: 'collect-garbage' }, notBefore: web.time.now - 1 });
    const distributed = await web.ask('/cps/portal_activities/distribute?node_count:int=1');
    expect(distributed).toMatchObject({ status: 200, text: expect.stringMatching(/^\d+ runnable\n$/) as string });
    expect(distributed.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    const tic = await web.ask('/cps_client/portal_activities/tic?processing_node:int=1', { method: 'POST' });
    expect(tic).toMatchObject({ status: 200, text: '2 done, 1 to be retried, 0 failed\n' });
    expect(ticked).toEqual(['cps_client tic-1']);
  });

  it('run what is queued, as the embedded loop would', async () => {
    const web = await startWeb();
    await web.site.queue.add({ work: { name: 'collect-garbage' } });
    await web.ask('/cps/portal_activities/distribute?node_count:int=1');
    expect((await web.ask('/cps/portal_activities/tic?processing_node:int=1')).text).toMatch(/^1 done/);
    expect(await web.site.queue.list()).toEqual([]);
  });

  it.each(['tic?processing_node:int=0', 'tic?processing_node:int=x', 'distribute?other=1'])(
    'refuse what makes no sense: %s',
    async (query) => {
      const web = await startWeb();
      expect(await web.ask(`/cps/portal_activities/${query}`)).toMatchObject({
        status: 400,
        json: { code: 'CON-R008' },
      });
    },
  );

  it('summarise the site as text, or as JSON', async () => {
    const web = await startWeb();
    await putObject(web.site, manager, { path: ['portal_repository'] });
    await web.services.publish(web.site, { id: 'Repository', path: '/portal_repository', actor: manager });
    const text = await web.ask('/cps/portal_synchronizations');
    expect(text.text).toContain('publication Repository path=/portal_repository subscribers=0\n');
    const json = await web.ask('/cps/portal_synchronizations', { headers: { accept: 'application/json' } });
    expect(json.json).toMatchObject({ site: 'cps', publications: [{ id: 'Repository' }], subscriptions: [] });
    const activities = await web.ask('/cps/portal_activities');
    expect(activities.text).toMatch(/^waiting=0 runnable=0 running=0 failed=0/);
  });

  it('take mail, from those who may', async () => {
    const web = await startWeb();
    const headers = { 'content-type': 'message/rfc822' };
    expect(await web.ask('/cps/portal_mailin/', { method: 'POST', body: 'mail', headers })).toMatchObject({
      status: 200,
      text: 'taken\n',
    });
  });
});

describe('an address', () => {
  it('with nothing behind it says where to look', async () => {
    const web = await startWeb();
    const answer = await web.ask('/cps/nothing/here');
    expect(answer).toMatchObject({ status: 404, json: { code: 'CON-W001' } });
    expect(answer.json['remedy']).toContain('openapi.json');
  });

  it('that takes other methods names them', async () => {
    const web = await startWeb();
    const answer = await web.ask('/cps/portal_activities/tic', { method: 'DELETE' });
    expect(answer).toMatchObject({ status: 405, json: { code: 'CON-W002' } });
    expect(answer.headers.get('allow')).toBe('GET, POST');
  });

  it('of a site that is asked for by GET says what it is for', async () => {
    const web = await startWeb();
    const answer = await web.ask('/cps');
    expect(answer).toMatchObject({ status: 405 });
    expect(answer.headers.get('allow')).toBe('POST');
    expect(answer.text).toContain('SyncML');
  });

  it('of a site that is sent something else than SyncML says what it takes', async () => {
    const web = await startWeb();
    const answer = await web.ask('/cps', { method: 'POST', body: '<a/>', headers: { 'content-type': 'text/xml' } });
    expect(answer).toMatchObject({ status: 415, json: { code: 'CON-W004' } });
    expect(answer.text).toContain('application/vnd.syncml+xml');
  });

  it('with a stray percent sign is refused with how to write it', async () => {
    const web = await startWeb();
    const answer = await web.ask('/cps/api/v1/publications/100%');
    expect(answer).toMatchObject({ status: 400, json: { code: 'CON-R008' } });
    expect(answer.text).toContain('%25');
  });
});

describe('the measures', () => {
  it('count what there is at each site, in the format of Prometheus', async () => {
    const web = await startWeb();
    await putObject(web.site, manager, { path: ['a'] });
    const { text, headers } = await web.ask('/metrics', { as: 'admin' });
    expect(headers.get('content-type')).toContain('version=0.0.4');
    expect(text).toMatch(/^concord_log_position\{site="cps"\} [1-9]/m);
    expect(text).toMatch(/^concord_activities\{site="cps_client",state="failed"\} 0$/m);
    expect(text).toMatch(/^process_counted_total 1$/m);
  });
});
