import type { PublicationMeasure, SiteMeasures } from '../use-cases/administration/measure-site.ts';

interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const second = 1000;

/** What was measured of sites, in the text format of Prometheus, version 0.0.4. `unread`: sites that could not be measured. */
export function siteExposition(sites: readonly SiteMeasures[], unread: readonly string[]): string {
  const up = [
    ...sites.map(({ site }) => ({ labels: { site }, value: 1 })),
    ...unread.map((site) => ({ labels: { site }, value: 0 })),
  ];
  const families = [
    gauge('concord_site_up', '1: the site’s store answers', up),
    gauge(
      'concord_queue_up',
      '1: the site’s queue answers',
      sites.map(({ site, activities }) => ({ labels: { site }, value: activities === undefined ? 0 : 1 })),
    ),
    gauge(
      'concord_log_position',
      'Revisions written since the site began',
      sites.map(({ site, revisions }) => ({ labels: { site }, value: revisions })),
    ),
    ...queueFamilies(sites),
    ...publicationFamilies(sites),
    ...subscriptionFamilies(sites),
    gauge(
      'concord_open_conflicts',
      'Conflicts that wait for a decision, by their age: no older than up_to, and older than the class before',
      sites.flatMap(({ site, conflicts }) =>
        conflicts.map(({ upToMs, count }) => ({ labels: { site, up_to: ageText(upToMs) }, value: count })),
      ),
    ),
  ];
  return families.map((family) => `${family}\n`).join('');
}

function queueFamilies(sites: readonly SiteMeasures[]): readonly string[] {
  const of = (pick: (measure: { readonly count: number; readonly oldestMs: number }) => number): readonly Sample[] =>
    sites.flatMap(({ site, activities }) =>
      Object.entries(activities ?? {}).map(([state, measure]) => ({ labels: { site, state }, value: pick(measure) })),
    );
  return [
    gauge(
      'concord_activities',
      'Activities in the queue',
      of(({ count }) => count),
    ),
    gauge(
      'concord_activities_oldest_seconds',
      'For how long the oldest of them has been due',
      of(({ oldestMs }) => oldestMs / second),
    ),
  ];
}

function publicationFamilies(sites: readonly SiteMeasures[]): readonly string[] {
  const of = (pick: (publication: PublicationMeasure) => number): readonly Sample[] =>
    sites.flatMap(({ site, publications }) =>
      publications.map((each) => ({ labels: { site, publication: each.id }, value: pick(each) })),
    );
  const lags = sites.flatMap(({ site, publications }) =>
    publications.flatMap(({ furthest }) => furthest.map((lag) => ({ site, ...lag }))),
  );
  const lag = (pick: (each: (typeof lags)[number]) => number): readonly Sample[] =>
    lags.map((each) => ({
      labels: { site: each.site, publication: each.publication, subscriber: each.url },
      value: pick(each),
    }));
  return [
    gauge(
      'concord_subscribers',
      'Subscribers of a publication',
      of(({ subscribers }) => subscribers),
    ),
    gauge(
      'concord_subscribers_behind',
      'Those that lack its newest change',
      of(({ behind }) => behind),
    ),
    gauge(
      'concord_subscribers_in_session',
      'Those whose session has begun and not ended',
      of(({ inSession }) => inSession),
    ),
    gauge(
      'concord_subscriber_lag_changes',
      'Objects that a subscriber lacks, of those furthest behind',
      lag(({ changes }) => changes),
    ),
    gauge(
      'concord_subscriber_lag_seconds',
      'Since when it lacks the first of them',
      lag(({ ms }) => ms / second),
    ),
  ];
}

function subscriptionFamilies(sites: readonly SiteMeasures[]): readonly string[] {
  const states = ['running', 'waiting', 'resting'] as const;
  return [
    gauge(
      'concord_subscriptions',
      'Subscriptions of a site, by what they do',
      sites.flatMap(({ site, subscriptions }) =>
        states.map((state) => ({
          labels: { site, state },
          value: subscriptions.filter((each) => each.state === state).length,
        })),
      ),
    ),
    gauge(
      'concord_subscription_last_sync_timestamp_seconds',
      'When it last agreed with its publisher',
      sites.flatMap(({ site, subscriptions }) =>
        subscriptions.flatMap(({ id, lastSyncAt }) =>
          lastSyncAt === undefined ? [] : [{ labels: { site, subscription: id }, value: lastSyncAt / second }],
        ),
      ),
    ),
  ];
}

function ageText(ms: number | undefined): string {
  if (ms === undefined) return 'any';
  const hours = ms / 3_600_000;
  return hours < 24 ? `${hours}h` : `${hours / 24}d`;
}

function gauge(name: string, help: string, samples: readonly Sample[]): string {
  const written = samples.map(({ labels, value }) => {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escapeLabel(text)}"`);
    return `${name}{${pairs.join(',')}} ${value}`;
  });
  return [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, ...written].join('\n');
}

function escapeLabel(text: string): string {
  return text.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n');
}
