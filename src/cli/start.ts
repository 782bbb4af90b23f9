import { resolve } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import type { Composition } from '../compose/compose.ts';
import { compose } from '../compose/compose.ts';
import { refuseUnfit } from '../compose/start.ts';
import { StoreError } from '../errors/concord-error.ts';
import { beatingRoles } from '../use-cases/administration/heartbeats.ts';
import { exampleName, exampleSites, setUpExample } from '../use-cases/administration/example.ts';
import type { Call, CommandActions } from './command-action.ts';
import { wholeNumber } from './option-values.ts';

const input = z.object({
  port: z.number().optional(),
  host: z.string().optional(),
  example: z.boolean().default(false),
  clock: z.boolean().default(true),
});

/** `concord start`. */
export function registerStart(program: Command, actions: CommandActions): void {
  program
    .command('start')
    .description('serve all sites of the data directory, and run their activities, until stopped')
    .option('--port <port>', 'the port to listen at (CONCORD_PORT; 9673)', wholeNumber(0))
    .option('--host <address>', 'the address to listen at (CONCORD_HOST; 127.0.0.1); 0.0.0.0 lets other machines in')
    .option('--example', 'set up two sites with sample records, a publication and a subscription')
    .option('--no-clock', 'run no activities: something else calls distribute and tic')
    .action(actions.action(input, run));
}

async function run({ host, port, example, clock }: z.infer<typeof input>, call: Call): Promise<undefined> {
  // Asked for first: who is told the address may stop us at once.
  const { signal } = call.terminal;
  const configuration = call.configuration({ host, port });
  const { firstPassword, greeting, startWeb, startClock, startWorker, startMail, startBeats, openObserver } =
    await loadServer();
  const observer = openObserver(configuration);
  const reportFault = observer.log.fault;
  await using composition = await compose(configuration, 'server', { observer, reportFault });
  await refuseNewer(composition);
  await refuseUnfit(composition, reportFault);
  // Before the address is told: whoever reads it may send a mail at once.
  await using _mail = await startMail(composition, reportFault);
  await using _web = await startWeb(composition, {
    reportFault,
    whenListening: async (server) => {
      const { address } = server;
      if (example) await setUpExample({ ...composition, address });
      // Not before the port is ours: a password that is made and not told is lost.
      call.terminal.write(greeting(server, await firstPassword(composition)));
      if (example) call.terminal.write(exampleHints(composition, address));
    },
  });
  await using _worker = clock ? startWorker(composition, reportFault) : undefined;
  await using _clock = clock ? startClock(composition, reportFault) : undefined;
  await using _beats = startBeats(composition, clock ? beatingRoles : [], reportFault);
  await untilAborted(signal);
  call.terminal.complain('Stopping: what is being done is finished first\n');
  return undefined;
}

/**
 * A site that a newer version wrote means that all of the directory is that version's. A site that is damaged keeps nobody from the others.
 * @throws StoreError CON-D003
 */
async function refuseNewer({ installation, site }: Composition): Promise<void> {
  for (const { id } of await installation.sites()) {
    try {
      await site(id);
    } catch (error) {
      if (error instanceof StoreError && error.code === 'CON-D003') throw error;
    }
  }
}

/**
 * The server is loaded only where one is started: it is most of the program. In a function of its own, because TypeScript 6.0 does not rewrite the extension of an
 * import inside a function that has `await using`.
 */
async function loadServer() {
  const [web, loops, mail, beats, observer] = await Promise.all([
    import('../compose/web.ts'),
    import('../compose/loops.ts'),
    import('../compose/mail.ts'),
    import('../compose/beats.ts'),
    import('../compose/observer.ts'),
  ]);
  return { ...web, ...loops, ...mail, ...beats, ...observer };
}

function exampleHints({ configuration }: Composition, address: string): string {
  const { master, client } = exampleSites;
  const { data } = configuration;
  const concord = data === resolve('var') ? 'npx concord' : `npx concord --data ${data}`;
  return `
The example: ${master} publishes /portal_repository, ${client} subscribes to it. In another terminal:
  ${concord} sync ${client} ${exampleName}
  ${concord} export ${client} /portal_repository ${client}-records
  ${concord} status ${master}
An object as XML, for the user above: ${address}/${master}/portal_repository/people/p-001/asXML
`;
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    if (signal.aborted) done();
    signal.addEventListener('abort', () => {
      done();
    });
  });
}
