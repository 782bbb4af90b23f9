import type { Command } from 'commander';
import { Option } from 'commander';
import { z } from 'zod';
import { policies } from '../synchronization/publication.ts';
import { actions as actionNames, modes } from '../synchronization/subscription.ts';
import type { Subscribed } from '../use-cases/administration/subscribe.ts';
import { subscribe, unsubscribe } from '../use-cases/administration/subscribe.ts';
import type { Call, CommandActions } from './command-action.ts';
import { operator, withSite } from './open-site.ts';
import { listOf } from './option-values.ts';
import { readPassword } from './password.ts';
import { shellWord } from './shell-word.ts';
import { stated } from './stated.ts';

const input = z.object({
  site: z.string(),
  id: z.string(),
  publication: z.string().optional(),
  publicationUrl: z.string().optional(),
  subscriptionUrl: z.string().optional(),
  path: z.string().optional(),
  mode: z.enum(modes).optional(),
  strategy: z.array(z.enum(actionNames)).optional(),
  conflictPolicy: z.enum(policies).optional(),
  updatePolicy: z.enum(policies).optional(),
  query: z.string().optional(),
  mapping: z.string().optional(),
  conduit: z.string().optional(),
  schedule: z.string().optional(),
  follow: z.boolean().optional(),
  key: z.string().optional(),
  user: z.string().optional(),
  passwordStdin: z.boolean().default(false),
});

/** `concord subscribe SITE ID`. */
export function registerSubscribe(program: Command, actions: CommandActions): void {
  program
    .command('subscribe')
    .description('take what another site publishes to a path, or change how')
    .argument('<site>', 'the site')
    .argument('<id>', 'the name of the subscription, and of the publication unless --publication says another')
    .option('--publication <id>', 'the name of the publication')
    .option('--publication-url <url>', 'the address of the publication')
    .option('--subscription-url <url>', 'the address of this subscription, by which the publisher knows it')
    .option(
      '--path <path>',
      'the path to which its objects come, made when it is not there; another one takes them along',
    )
    .addOption(new Option('--mode <mode>', 'in which direction changes flow').choices(modes))
    .option(
      '--strategy <actions>',
      `what may be done: ${actionNames.join(', ')}; several with commas`,
      listOf(actionNames),
    )
    .addOption(
      new Option('--conflict-policy <policy>', 'what stands where both sides changed the same').choices(policies),
    )
    .addOption(new Option('--update-policy <policy>', 'which updates are taken in').choices(policies))
    .option('--query <query>', 'which objects: objectValues (all), or an XPath expression')
    .option('--mapping <mapping>', 'how objects are rendered: asXML')
    .option('--conduit <conduit>', 'how documents are compared, merged and written: object, xml, row, text')
    .option('--schedule <cron>', 'when to sync by itself, as cron writes it; an empty text for never')
    .option('--follow', 'listen to the publisher, and sync when it tells of changes; by http or https')
    .option('--no-follow', 'listen no more')
    .option('--key <name>', 'the own OpenPGP key that seals messages; see concord key. Empty: none')
    .option('--user <name>', 'the account at the publisher; its password is asked for, or CONCORD_PASSWORD')
    .option('--password-stdin', 'read the password from the standard input')
    .action(actions.action(input, run));
}

/** `concord unsubscribe SITE ID`. */
export function registerUnsubscribe(program: Command, actions: CommandActions): void {
  program
    .command('unsubscribe')
    .description('end a subscription; its objects stay')
    .argument('<site>', 'the site')
    .argument('<id>', 'the subscription')
    .action(
      actions.action(input.pick({ site: true, id: true }), async ({ site, id }, call) => {
        await withSite(call, site, (context) => unsubscribe(context, operator, id));
        call.print({ ended: id }, `Subscription ${id} ended. Its objects are still there\n`);
        return undefined;
      }),
    );
}

async function run({ site, passwordStdin, key, ...said }: z.infer<typeof input>, call: Call): Promise<undefined> {
  await withSite(call, site, async (context, services) => {
    const isAsked = said.user !== undefined || passwordStdin;
    const question = `Password of ${said.user ?? 'the account'} at the publisher:`;
    const password = isAsked ? await readPassword(call, { passwordStdin, question }) : undefined;
    const { id, ...settings } = said;
    const request = { ...stated({ ...settings, password, keyName: key }), id, actor: operator };
    const { subscription, outcome } = await subscribe(context, request, services);
    // Neither may be seen, not even sealed.
    const { password: _password, token: _token, state: _state, ...shown } = subscription;
    call.print({ subscription: shown, outcome }, describe(site, { subscription, outcome }));
  });
  return undefined;
}

function describe(site: string, { subscription, outcome }: Subscribed): string {
  const { id, publication, publicationUrl, path } = subscription;
  switch (outcome) {
    case 'created':
      return `Subscribed to ${publication} at ${publicationUrl}; its objects will come to ${path}. Next: concord sync ${site} ${shellWord(id)}\n`;
    case 'changed':
      return `Subscription ${id} changed, which counts from the next sync on\n`;
    case 'unchanged':
      return `Subscription ${id} was so already\n`;
    default:
      return outcome satisfies never;
  }
}
