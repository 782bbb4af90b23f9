import { statfs } from 'node:fs/promises';
import type { Command } from 'commander';
import { z } from 'zod';
import type { Composition } from '../compose/compose.ts';
import { compose } from '../compose/compose.ts';
import { StoreError } from '../errors/concord-error.ts';
import type { Finding } from '../use-cases/administration/examine-site.ts';
import { examineSite } from '../use-cases/administration/examine-site.ts';
import type { Call, CommandActions } from './command-action.ts';
import { readInstallation } from './open-site.ts';
import { showProgress } from './progress.ts';
import type { ExitCode } from './report-error.ts';
import { exitCodes } from './report-error.ts';
import { shellWord } from './shell-word.ts';
import { formatTable } from './table.ts';

const input = z.object({ site: z.string().optional(), newIdentity: z.boolean().default(false) });
const wantedOctets = 500_000_000;

type SiteFinding = Finding & { readonly site: string };

/** `concord doctor [SITE]`. */
export function registerDoctor(program: Command, actions: CommandActions): void {
  program
    .command('doctor')
    .description('look for faults, changing nothing: configuration, store, log, disk, and what waits for a person')
    .argument('[site]', 'only this site')
    .option('--new-identity', 'make an installation of its own out of a copied data directory; no server may run on it')
    .action(
      actions.action(input, async ({ site, newIdentity }, call) => {
        if (newIdentity) return startIdentity(call);
        const findings = await readInstallation(call, (composition) => examine(composition, site, call));
        const rows = findings.map((finding) => [finding.state, finding.site, finding.check, finding.text]);
        call.print(findings, formatTable(['', 'site', 'check', 'finding'], rows));
        return findings.some(({ state }) => state === 'fault') ? exitCodes.failure : undefined;
      }),
    );
}

async function examine(
  composition: Composition,
  wanted: string | undefined,
  call: Call,
): Promise<readonly SiteFinding[]> {
  const { installation, configuration } = composition;
  const sites = wanted === undefined ? (await installation.sites()).map(({ id }) => id) : [wanted];
  const findings: SiteFinding[] = [
    { site: '', check: 'configuration', state: 'fine', text: `read; the data directory is ${configuration.data}` },
    { site: '', ...(await examineDisk(configuration.data)) },
  ];
  for (const site of sites) {
    using progress = showProgress(call.terminal, `Reading the log of ${site}`);
    findings.push(...(await findingsOf(composition, site, progress.update)));
  }
  return findings;
}

/** A store that cannot be read is a finding, and the other sites are looked at all the same. */
async function findingsOf(
  composition: Composition,
  site: string,
  onProgress: (done: number, of: number) => void,
): Promise<readonly SiteFinding[]> {
  try {
    const found = await examineSite(await composition.site(site), onProgress);
    return found.map((finding) => ({ site, ...finding }));
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    return [{ site, check: 'store', state: 'fault', text: `${error.message}. ${error.remedy} (${error.code})` }];
  }
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
    `This data directory is now an installation of its own, ${id}. Its subscriptions begin anew with their next sync${next}\n`,
  );
  return undefined;
}

/** The publisher knows a subscription by its URL alone, and would take the two for one as long as they share it. */
async function addressesToChange({ installation, site }: Composition): Promise<string> {
  const commands: string[] = [];
  for (const { id } of await installation.sites()) {
    for (const subscription of await (await site(id)).store.subscriptions())
      commands.push(`\n  concord subscribe ${id} ${shellWord(subscription.id)} --subscription-url URL`);
  }
  return commands.length === 0 ? '' : `. Before that, each needs a URL of its own:${commands.join('')}`;
}
