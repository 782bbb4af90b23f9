import type { WebServices, WebSettings } from '../web-services.ts';
import { contentsPages } from './contents-page.ts';
import { editPages } from './edit-page.ts';
import { guideHomePages, guidePages } from './guide-pages.ts';
import { importPages } from './import-page.ts';
import { historyPages } from './history-pages.ts';
import { placePages } from './place-pages.ts';
import { synchronizePages } from './synchronize-page.ts';
import { viewPages } from './view-page.ts';
import { homePages } from './home-pages.ts';
import { landingPage } from './landing-page.ts';
import type { SitePage } from './page.ts';
import type { PageRouter } from './page-router.ts';
import { Presenter } from './presenter.ts';
import { signInPages } from './sign-in-pages.ts';
import { Skin } from './skin.ts';
import { toolPages } from './tool-pages.ts';

/** All pages of a site; the first that fits an address answers. */
const sitePages: readonly SitePage[] = [
  ...toolPages,
  ...guidePages,
  ...importPages,
  ...contentsPages,
  ...viewPages,
  ...editPages,
  ...historyPages,
  ...placePages,
  ...synchronizePages,
  landingPage,
];

/** What shows all pages. */
export function pageRouter(services: WebServices, settings: WebSettings): PageRouter {
  const { language, skin } = settings.pages;
  const makeSecret = (): string => services.sessions.identifiers.secret();
  const presenter = new Presenter({ skin: new Skin(skin), language, makeSecret });
  return { services, settings, presenter, homePages: [...signInPages, ...guideHomePages, ...homePages], sitePages };
}
