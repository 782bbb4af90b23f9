import { statfs } from 'node:fs/promises';
import type { Command } from 'commander';
import { z } from 'zod';
import type { Composition } from '../compose/compose.ts';
import { compose } from '../compose/compose.ts';
import { examineProcesses, examinePublishers, repairPlace } from '../compose/examine.ts';
import { RequestError, StoreError } from '../errors/concord-error.ts';
import type { Finding } from '../use-cases/administration/finding.ts';
import { examineSite } from '../use-cases/administration/examine-site.ts';
import type { Repair } from '../use-cases/administration/finding.ts';
import { repairs } from '../use-cases/administration/finding.ts';
import { examineWork, repairSite } from '../use-cases/administration/repair-site.ts';
import type { MailboxState } from '../use-cases/exchange/carrier-state.ts';
import { mailboxStates } from '../use-cases/exchange/carrier-state.ts';
import type { Call, CommandActions } from './command-action.ts';
import { operator, readInstallation } from './open-site.ts';
import { showProgress } from './progress.ts';
import type { ExitCode } from './report-error.ts';
import { exitCodes } from './report-error.ts';
import { shellWord } from './shell-word.ts';
import { describeMailbox } from './status.ts';
import { formatTable } from './table.ts';

const input = z.object({
  site: z.string().optional(),
  peers: z.boolean().default(false),
  repair: z.boolean().default(false),
  yes: z.boolean().default(false),
  newIdentity: z.boolean().default(false),
});
const wantedOctets = 500_000_000;

type SiteFinding = Finding & { readonly site: string };

/** `concord doctor [SITE]`. */
export function registerDoctor(program: Command, actions: CommandActions): void {
  program
    .command('doctor')
    .description(
      'look for faults: configuration, store, log and digests, queue, clocks, keys, mailboxes, disk, what stands still, and what waits for a person. Changes nothing but by --repair --yes',
    )
    .argument('[site]', 'only this site')
    .option(
      '--peers',
      'also ask the publishers of subscriptions whether they answer and take the account, and what their clocks say',
    )
    .option('--repair', 'say what could be mended without losing or deciding anything')
    .option('--yes', 'with --repair: do it')
    .option(
      '--new-identity',
      'let a data directory that was copied, or put back without restore, be told from the other, and take in files of sites that were brought from another; no server may run on it',
    )
    .action(
      actions.action(input, async ({ newIdentity, ...asked }, call) => {
        if (newIdentity) return startIdentity(call);
        if (asked.yes && !asked.repair)
          throw new RequestError('CON-C003', '--yes goes with --repair: it lets what is found be mended');
        return readInstallation(call, (composition) => examineAndRepair(composition, asked, call));
      }),
    );
}

interface Asked {
  readonly site?: string | undefined;
  readonly peers: boolean;
  readonly repair: boolean;
  readonly yes: boolean;
}

async function examineAndRepair(composition: Composition, asked: Asked, call: Call): Promise<ExitCode | undefined> {
  const findings = await examine(composition, asked, call);
  const mended = asked.repair ? await repairAll(composition, findings, asked) : [];
  const rows = findings.map((finding) => [finding.state, finding.site, finding.check, finding.text]);
  const table = formatTable(['', 'site', 'check', 'finding'], rows);
  const done = mended.map(({ site, text }) => `${asked.yes ? 'Done' : 'Could be done'} at ${site}: ${text}\n`).join('');
  const next = asked.repair && !asked.yes && mended.length > 0 ? 'Next: the same with --yes\n' : '';
  const nothing = asked.repair && mended.length === 0 ? 'Nothing is to be mended so\n' : '';
  call.print(asked.repair ? { findings, repairs: mended, done: asked.yes } : findings, table + done + next + nothing);
  return findings.some(({ state }) => state === 'fault') ? exitCodes.failure : undefined;
}

/** What is done, or would be, each once for a site. */
async function repairAll(
  composition: Composition,
  findings: readonly SiteFinding[],
  { yes }: Asked,
): Promise<readonly { readonly site: string; readonly repair: Repair; readonly text: string }[]> {
  const found = findings.flatMap(({ site, repair }) => (repair === undefined ? [] : [{ site, repair }]));
  const wanted = [...new Map(found.map((each) => [`${each.site} ${each.repair}`, each])).values()];
  for (const { site, repair } of yes ? wanted : [])
    await repairSite(await repairPlace(composition, site), operator, repair);
  return wanted.map((each) => ({ ...each, text: repairs[each.repair] }));
}

async function examine(composition: Composition, asked: Asked, call: Call): Promise<readonly SiteFinding[]> {
  const { installation, configuration } = composition;
  const sites = asked.site === undefined ? (await installation.sites()).map(({ id }) => id) : [asked.site];
  const read = `read; the data directory is ${configuration.data}, of the installation ${installation.id}`;
  const findings: SiteFinding[] = [
    { site: '', check: 'configuration', state: 'fine', text: read },
    { site: '', ...(await examineDisk(configuration.data)) },
    ...(await examineProcesses(composition)).map((finding) => ({ site: '', ...finding })),
  ];
  for (const site of sites) {
    using progress = showProgress(call.terminal, `Reading the log of ${site}`);
    findings.push(...(await findingsOf(composition, { site, asksPeers: asked.peers }, progress.update)));
  }
  return findings;
}

/** A store that cannot be read is a finding, and the other sites are looked at all the same. */
async function findingsOf(
  composition: Composition,
  { site, asksPeers }: { readonly site: string; readonly asksPeers: boolean },
  onProgress: (done: number, of: number) => void,
): Promise<readonly SiteFinding[]> {
  try {
    const place = await repairPlace(composition, site);
    const found = [
      ...(await examineSite(place.context, onProgress)),
      ...(await examineWork(place)),
      ...(await mailboxStates(place.context)).map(findingOf),
      ...(asksPeers ? await examinePublishers(composition, place.context) : []),
    ];
    return found.map((finding) => ({ site, ...finding }));
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    return [{ site, check: 'store', state: 'fault', text: `${error.message}. ${error.remedy} (${error.code})` }];
  }
}

/** It is tried again by itself, and so nothing is lost yet. */
function findingOf(mailbox: MailboxState): Finding {
  const state = mailbox.trouble === undefined ? 'fine' : 'warning';
  return { check: 'mailbox', state, text: describeMailbox(mailbox) };
}

async function examineDisk(folder: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  const text = `${Math.round(free / 1_000_000)} MB are free`;
  const isEnough = free >= wantedOctets;
  return { check: 'disk', state: isEnough ? 'fine' : 'warning', text: isEnough ? text : `only ${text}` };
}

async function startIdentity(call: Call): Promise<ExitCode | undefined> {
  await using composition = await compose(call.configuration(), 'maintenance');
  await composition.installation.startIdentity();
  const { id } = composition.installation;
  const next = await addressesToChange(composition);
  call.print(
    { identity: id },
    `This data directory is now an installation of its own, ${id}. With the next syncs its peers bring back what they have${next}\n`,
  );
  return undefined;
}

/** The publisher knows a subscription by its URL alone, and would take the two for one as long as they share it; who was only put back to an earlier state keeps it. */
async function addressesToChange({ installation, site }: Composition): Promise<string> {
  const commands: string[] = [];
  for (const { id } of await installation.sites()) {
    for (const subscription of await (await site(id)).store.subscriptions())
      commands.push(`\n  concord subscribe ${id} ${shellWord(subscription.id)} --subscription-url URL`);
  }
  return commands.length === 0
    ? ''
    : `. Only if the directory that it was copied from goes on, each subscription needs another URL before that:${commands.join('')}`;
}
