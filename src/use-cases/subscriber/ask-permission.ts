import { isCarried } from '../../synchronization/carried.ts';
import { nameOfPlan } from '../../synchronization/plan.ts';
import type { Subscription, Waiting } from '../../synchronization/subscription.ts';
import type { PublisherHello } from '../../synchronization/wire/hello.ts';
import { keepPlan } from '../administration/ask-for-sync.ts';
import { previewComparison } from './preview-comparison.ts';
import type { RunningSync, TurnTaken } from './running-sync.ts';

/** Who keeps a plan that nobody has asked for. */
const site = { name: 'concord', roles: [] } as const;

/**
 * Stops a sync before a comparison that could take what is new for deleted, or the other way round (engine.md §9, "Without a common pair"): the plan is kept and shown,
 * and `sync --plan` carries it out. Where messages are carried nothing can be asked in between: then the plan has a name and no list.
 */
export async function askPermission(
  { context, control }: RunningSync,
  subscription: Subscription,
  hello: PublisherHello,
): Promise<TurnTaken> {
  const { store } = context;
  const isShown = !isCarried(subscription.publicationUrl);
  const plan = isShown ? await previewComparison({ context, subscription, control }, 'comparison') : undefined;
  const name = plan?.name ?? nameOfPlan({ subscriber: await store.head(), publisher: hello.position });
  const differences = plan && plan.send.length + plan.receive.length;
  const waiting: Waiting = { for: 'comparison', plan: name, differences };
  const row = { ...subscription, state: { ...subscription.state, waiting } };
  await store.update(() => Promise.resolve({ batch: { subscriptions: [{ row }] }, result: undefined }));
  if (plan !== undefined) await keepPlan(context, { id: subscription.id, actor: site, plan });
  return { outcome: 'waiting-for-permission', subscription: { ...row, version: row.version + 1 } };
}
