import type { Request } from 'express';
import { requireRole } from '../use-cases/administration/access.ts';
import type { Answer } from './answer.ts';
import { textAnswer } from './answer.ts';
import { signInRequest } from './sign-in.ts';
import type { WebServices } from './web-services.ts';

/** Whether the process is there; for whoever keeps it running. Open to everybody, so it says nothing else. */
export function health(): Answer {
  return textAnswer('ok');
}

/** Whether requests can be served: the data directory answers. For accounts of the installation. */
export async function readiness(services: WebServices, request: Request): Promise<Answer> {
  await signInRequest(services.operators, request);
  await services.installation.sites();
  return textAnswer('ready');
}

/** Measures in the text format of Prometheus, for Managers of the installation. */
export async function metrics(services: WebServices, request: Request): Promise<Answer> {
  requireRole(await signInRequest(services.operators, request), 'Manager');
  const lines = [
    gauge('concord_process_memory_bytes', 'Memory of the process', [{ labels: {}, value: process.memoryUsage.rss() }]),
    gauge('concord_process_uptime_seconds', 'Since the process started', [
      { labels: {}, value: Math.round(process.uptime()) },
    ]),
    ...(await siteMetrics(services)),
  ];
  return { ...textAnswer(lines.join('\n')), type: 'text/plain; version=0.0.4; charset=utf-8' };
}

interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

async function siteMetrics(services: WebServices): Promise<readonly string[]> {
  const activities: Sample[] = [];
  const revisions: Sample[] = [];
  const conflicts: Sample[] = [];
  for (const { id: site } of await services.installation.sites()) {
    const { store, queue } = await services.site(site);
    for (const [state, value] of Object.entries(await queue.count()))
      activities.push({ labels: { site, state }, value });
    revisions.push({ labels: { site }, value: (await store.head()).seq });
    conflicts.push({ labels: { site }, value: await store.countConflicts({ state: 'open' }) });
  }
  return [
    gauge('concord_activities', 'Activities in the queue', activities),
    gauge('concord_log_position', 'Revisions written since the site began', revisions),
    gauge('concord_open_conflicts', 'Conflicts that wait for a decision', conflicts),
  ];
}

function gauge(name: string, help: string, samples: readonly Sample[]): string {
  const written = samples.map(({ labels, value }) => {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escapeLabel(text)}"`);
    return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${value}`;
  });
  return [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, ...written].join('\n');
}

function escapeLabel(text: string): string {
  return text.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n');
}
