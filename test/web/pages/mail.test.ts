import { describe, expect, it } from 'vitest';
import { putObject } from '../../../src/use-cases/objects/write-object.ts';
import { noteMailbox, noteSent, noteUndelivered } from '../../../src/use-cases/exchange/carrier-state.ts';
import { manager, startWeb } from '../web-fixture.ts';
import { openBrowser } from './browser.ts';

const tool = '/cps/portal_synchronizations';

describe('the state of mail', () => {
  it('stands with the subscription it belongs to, with what to do', async () => {
    const web = await startWeb();
    const browser = openBrowser(web);
    await browser.signIn('mia', { site: 'cps' });
    await putObject(web.site, manager, { path: ['a'] });
    const urls = { publicationUrl: 'mailto:a@x.example', subscriptionUrl: 'mailto:b@x.example' };
    const { subscription } = await web.services.subscribe(web.site, {
      id: 'People',
      path: '/a',
      actor: manager,
      ...urls,
    });
    await noteSent(web.site, subscription.peer);
    await noteUndelivered(web.site, subscription.peer, '550 <nobody> of that name');
    const page = await browser.open(`${tool}/subscriptions/People`);
    expect(page.text).toContain('Last message out');
    expect(page.text).toContain('550 <nobody> of that name');
    expect(page.text).toContain('Check the address of the other side');
  });

  it('says where to look when a message went out again and again', async () => {
    const web = await startWeb();
    const browser = openBrowser(web);
    await browser.signIn('mia', { site: 'cps' });
    await putObject(web.site, manager, { path: ['a'] });
    const urls = { publicationUrl: 'mailto:a@x.example', subscriptionUrl: 'mailto:b@x.example' };
    await web.services.subscribe(web.site, { id: 'People', path: '/a', actor: manager, ...urls });
    const shownAfter = async (times: number): Promise<string> => {
      await web.site.store.update(async () => {
        const row = (await web.site.store.subscription('People')) ?? expect.unreachable('it was made');
        const waiting = { for: 'answer', since: 0, lastAt: 0, times, againAt: 1 } as const;
        return { batch: { subscriptions: [{ row: { ...row, state: { ...row.state, waiting } } }] }, result: undefined };
      });
      return (await browser.open(`${tool}/subscriptions/People`)).text;
    };
    expect(await shownAfter(1)).not.toContain('look at the log of the publisher');
    expect(await shownAfter(2)).toContain('look at the log of the publisher');
  });

  it('says on the first page which mailbox cannot be used, as long as that is so', async () => {
    const web = await startWeb();
    const browser = openBrowser(web);
    await browser.signIn('mia', { site: 'cps' });
    await noteMailbox(web.site, 'office at mail.example.org, INBOX', { why: 'The password is wrong' });
    expect((await browser.open(tool)).text).toContain(
      'The mailbox of office at mail.example.org, INBOX cannot be used',
    );
    await noteMailbox(web.site, 'office at mail.example.org, INBOX', {});
    expect((await browser.open(tool)).text).not.toContain('cannot be used');
  });
});
