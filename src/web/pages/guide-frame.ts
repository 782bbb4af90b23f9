import type { FormState } from './fields.ts';
import { objectHref, siteHref } from './addresses.ts';
import type { HomeCall, Page, PageCall } from './page.ts';

/** A step on the way through the guide. */
export interface GuideStep {
  readonly label: string;
  readonly state: 'done' | 'now' | 'later';
}

/** What every page of the guide shows. */
export interface GuideView {
  readonly steps: readonly GuideStep[];
  readonly form: FormState;
  readonly action: string;
  /** Past this step. */
  readonly skipHref: string | undefined;
}

type Step = 'site' | 'records' | 'share' | 'done';
const order: readonly Step[] = ['site', 'records', 'share', 'done'];

/** The way through the guide, at one of its steps. */
export function stepsAt({ t }: Pick<HomeCall, 't'>, now: Step): readonly GuideStep[] {
  const at = order.indexOf(now);
  return order.map((step, index) => ({
    label: t(`guide.step.${step}`),
    state: index < at ? 'done' : index === at ? 'now' : 'later',
  }));
}

/** A page of the guide. */
export function guidePage(
  { t }: Pick<HomeCall, 't'>,
  page: Pick<Page, 'template' | 'title' | 'view'> & { readonly status?: number },
): Page {
  return { kind: 'page', area: 'none', crumbs: [{ label: t('guide.name') }], ...page };
}

/** The address of a step of the guide at a site. */
export function guideHref({ context }: Pick<PageCall<unknown>, 'context'>, step: string): string {
  return siteHref(context.site, ['-', 'guide', step]);
}

/** Where everybody may go who has enough of the guide. */
export function contentsOf({ context }: Pick<PageCall<unknown>, 'context'>): string {
  return objectHref(context.site, [], 'manage_contents');
}

/** The address of this server as the visitor's browser has it. */
export function addressOf({ protocol, headers }: HomeCall['request']): string {
  return `${protocol}://${headers.host ?? 'localhost'}`;
}
