import type { Command } from 'commander';
import { Option } from 'commander';
import { z } from 'zod';
import { policies } from '../synchronization/publication.ts';
import type { Published } from '../use-cases/administration/publish.ts';
import { publish, unpublish } from '../use-cases/administration/publish.ts';
import { releaseSubscriber, removeSubscriber } from '../use-cases/administration/remove-subscriber.ts';
import type { Call, CommandActions } from './command-action.ts';
import { operator, withSite } from './open-site.ts';
import { namesOf } from './option-values.ts';
import { stated } from './stated.ts';

const input = z.object({
  site: z.string(),
  id: z.string(),
  path: z.string().optional(),
  url: z.string().optional(),
  query: z.string().optional(),
  mapping: z.string().optional(),
  conduit: z.string().optional(),
  gid: z.string().optional(),
  key: z.string().optional(),
  conflictPolicy: z.enum(policies).optional(),
  updatePolicy: z.enum(policies).optional(),
  mayPull: z.array(z.string()).optional(),
  mayPush: z.array(z.string()).optional(),
});

/** `concord publish SITE ID`. */
export function registerPublish(program: Command, actions: CommandActions): void {
  program
    .command('publish')
    .description('offer the objects below a path to other sites, or change what is offered')
    .argument('<site>', 'the site')
    .argument('<id>', 'the name of the publication')
    .option('--path <path>', 'the path below which everything is published')
    .option('--url <url>', 'the address that subscribers use, where it is not the one of the site')
    .option('--query <query>', 'which objects: objectValues (all), or an XPath expression')
    .option('--mapping <mapping>', 'how objects are rendered: asXML')
    .option('--conduit <conduit>', 'how documents are compared, merged and written: object, xml, row, text')
    .option('--gid <generator>', 'how new objects get their global identity: uuid, id, path, property:NAME')
    .option('--key <name>', 'the own OpenPGP key that seals messages; see concord key. Empty: none')
    .addOption(
      new Option('--conflict-policy <policy>', 'what stands in a conflict, whatever subscribers ask for').choices(
        policies,
      ),
    )
    .addOption(
      new Option('--update-policy <policy>', 'which updates are taken in, whatever subscribers ask for').choices(
        policies,
      ),
    )
    .option(
      '--may-pull <accounts>',
      'the accounts that may take it, with commas; everyone: every Synchronizer',
      namesOf,
    )
    .option(
      '--may-push <accounts>',
      'the accounts that may change it, with commas; everyone: every Synchronizer',
      namesOf,
    )
    .action(actions.action(input, run));
}

/** `concord unpublish SITE ID [--subscriber URL]`. */
export function registerUnpublish(program: Command, actions: CommandActions): void {
  program
    .command('unpublish')
    .description('end a publication, or take one subscriber off it; its objects stay')
    .argument('<site>', 'the site')
    .argument('<id>', 'the publication')
    .option(
      '--subscriber <url>',
      'only this subscriber, by its subscription URL or the end of it; when it syncs again, all is compared',
    )
    .action(actions.action(unpublishInput, end));
}

/** `concord release SITE ID --subscriber URL`. */
export function registerRelease(program: Command, actions: CommandActions): void {
  program
    .command('release')
    .description('listen again to a subscriber that is held back after too many faults')
    .argument('<site>', 'the site')
    .argument('<id>', 'the publication')
    .requiredOption('--subscriber <url>', 'by its subscription URL or the end of it')
    .action(
      actions.action(releaseInput, async ({ site, id, subscriber }, call) => {
        const name = { publication: id, subscriber };
        const url = await withSite(call, site, (context) => releaseSubscriber(context, operator, name));
        call.print({ released: url }, `${url} is listened to again\n`);
        return undefined;
      }),
    );
}

const releaseInput = z.object({ site: z.string(), id: z.string(), subscriber: z.string() });

const unpublishInput = z.object({ site: z.string(), id: z.string(), subscriber: z.string().optional() });

async function end({ site, id, subscriber }: z.infer<typeof unpublishInput>, call: Call): Promise<undefined> {
  if (subscriber === undefined) {
    await withSite(call, site, (context) => unpublish(context, operator, id));
    call.print({ ended: id }, `Publication ${id} ended. Its objects are still there\n`);
    return undefined;
  }
  const url = await withSite(call, site, (context) =>
    removeSubscriber(context, operator, { publication: id, subscriber }),
  );
  call.print(
    { removed: url },
    `${url} is no subscriber of ${id} any more, until it syncs again. To keep it out, remove its account, or say --may-pull and --may-push\n`,
  );
  return undefined;
}

async function run(
  { site, id, gid, key, mayPull, mayPush, ...said }: z.infer<typeof input>,
  call: Call,
): Promise<undefined> {
  await withSite(call, site, async (context, { xpath }) => {
    const rights = { mayPull: rightOf(mayPull), mayPush: rightOf(mayPush) };
    const settings = stated({ ...said, ...rights, gidGenerator: gid, keyName: key });
    const published = await publish(context, { ...settings, id, actor: operator }, xpath);
    call.print(published, describe(site, published));
  });
  return undefined;
}

function rightOf(names: readonly string[] | undefined): 'everyone' | readonly string[] | undefined {
  return names?.includes('everyone') === true ? 'everyone' : names;
}

function describe(site: string, { publication, outcome, startsGeneration }: Published): string {
  const { id, path, url } = publication;
  switch (outcome) {
    case 'created': {
      const address = url === '' ? `the address of ${site}` : url;
      return `Published ${path} as ${id}. Others subscribe to it at ${address}, with an account that has the role Synchronizer: concord user add NAME --site ${site} --role Synchronizer\n`;
    }
    case 'changed':
      return `Publication ${id} of ${path} changed${startsGeneration ? '. Subscribers will compare everything once, with their next sync' : ''}\n`;
    case 'unchanged':
      return `Publication ${id} of ${path} was so already\n`;
    default:
      return outcome satisfies never;
  }
}
