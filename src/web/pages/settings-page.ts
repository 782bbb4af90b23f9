import { z } from 'zod';
import { topGid } from '../../objects/gid.ts';
import { siteHref } from './addresses.ts';
import type { SitePage } from './page.ts';
import { definePage } from './page.ts';
import { toolHref, toolId, toolPage } from './synchronization-frame.ts';

/** What the settings show: who this site is to others. */
export interface SettingsView {
  readonly facts: readonly { readonly label: string; readonly value: string; readonly help: string }[];
  readonly apiHref: string;
  readonly openApiHref: string;
  readonly rulesHref: string;
}

/** The site's identity, and where the rest is set. */
export const settingsPage: SitePage = definePage({
  template: `/${toolId}/settings`,
  roles: ['Publisher', 'Member'],
  query: z.object({}),
  async show(call) {
    const { context, services, request, t } = call;
    const { site, store } = context;
    const entry = (await services.installation.sites()).find(({ id }) => id === site);
    const head = await store.head();
    const address = `${request.protocol}://${request.host}/${encodeURIComponent(site)}`;
    const fact = (name: string, value: string) => ({
      label: t(`settings.${name}`),
      value,
      help: t(`settings.${name}Help`),
    });
    const view: SettingsView = {
      facts: [
        fact('id', site),
        fact('title', entry?.title ?? site),
        fact('address', address),
        fact('epoch', head.epoch),
        fact('position', t.number(head.seq)),
        fact('top', t.number(await store.countChildren(topGid))),
      ],
      apiHref: siteHref(site, ['api', 'v1', 'openapi.html']),
      openApiHref: siteHref(site, ['api', 'v1', 'openapi.json']),
      rulesHref: toolHref(site, 'rules'),
    };
    return toolPage(call, { template: 'settings', title: t('settings.heading'), tab: 'settings', view });
  },
});
