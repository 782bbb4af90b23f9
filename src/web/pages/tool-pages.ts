import { accessPages } from './access-pages.ts';
import { accountsPages } from './accounts-pages.ts';
import { activitiesPage } from './activities-page.ts';
import { apiPage } from './api-page.ts';
import { oneConflictPage } from './conflict-page.ts';
import { conflictsPage } from './conflicts-page.ts';
import { keysPages } from './keys-pages.ts';
import { logPages } from './log-pages.ts';
import type { SitePage } from './page.ts';
import { planPage } from './plan-page.ts';
import { publicationPages } from './publication-pages.ts';
import { rulesPage } from './rules-page.ts';
import { settleTogetherPage } from './settle-together-page.ts';
import { settingsPage } from './settings-page.ts';
import { statusPage } from './status-page.ts';
import { subscriptionForms } from './subscription-form.ts';
import { subscriptionPages } from './subscription-pages.ts';
import { syncPage } from './sync-pages.ts';
import { synchronizationsPage } from './synchronizations-page.ts';

/** The pages of the tools that belong to the whole site: synchronisation, activities, accounts, and the description of the API. */
export const toolPages: readonly SitePage[] = [
  synchronizationsPage,
  ...publicationPages,
  ...subscriptionForms,
  ...subscriptionPages,
  syncPage,
  planPage,
  conflictsPage,
  settleTogetherPage,
  oneConflictPage,
  rulesPage,
  ...logPages,
  ...keysPages,
  settingsPage,
  activitiesPage,
  statusPage,
  ...accountsPages,
  ...accessPages,
  apiPage,
];
