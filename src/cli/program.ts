import { Command } from 'commander';
import { registerActivities } from './activities.ts';
import { registerBackup, registerRestore } from './backup.ts';
import { CommandActions } from './command-action.ts';
import { registerConflicts } from './conflicts.ts';
import { registerDiff } from './diff.ts';
import { registerDistribute } from './distribute.ts';
import { registerDoctor } from './doctor.ts';
import { registerExport } from './export.ts';
import { registerGc } from './gc.ts';
import { registerHistory } from './history.ts';
import { registerImport } from './import.ts';
import { registerKey } from './key.ts';
import { registerLog } from './log.ts';
import { registerMailIn } from './mail-in.ts';
import { registerMerge } from './merge.ts';
import { registerPatch } from './patch.ts';
import { registerPublish, registerUnpublish } from './publish.ts';
import type { ExitCode } from './report-error.ts';
import { describeUsageError, reportError } from './report-error.ts';
import { registerResolve } from './resolve.ts';
import { registerRule } from './rule.ts';
import { registerSite } from './site.ts';
import { registerStart } from './start.ts';
import { registerStatus } from './status.ts';
import { registerSubscribe, registerUnsubscribe } from './subscribe.ts';
import { registerSync } from './sync.ts';
import type { Terminal } from './terminal.ts';
import { registerTic } from './tic.ts';
import { registerUser } from './user.ts';
import { readVersion } from './version.ts';

const registrations = [
  registerStart,
  registerSite,
  registerUser,
  registerImport,
  registerExport,
  registerPublish,
  registerUnpublish,
  registerSubscribe,
  registerUnsubscribe,
  registerSync,
  registerStatus,
  registerLog,
  registerHistory,
  registerConflicts,
  registerResolve,
  registerRule,
  registerDiff,
  registerPatch,
  registerMerge,
  registerActivities,
  registerDistribute,
  registerTic,
  registerBackup,
  registerRestore,
  registerGc,
  registerDoctor,
  registerKey,
  registerMailIn,
];

// The same everywhere: the reference in docs/guide/commands.md is what --help prints.
const helpWidth = 100;

/** The whole command line (design.md §8), ready to parse. */
export function buildProgram(terminal: Terminal, actions: CommandActions): Command {
  const program = new Command('concord')
    .description('Keeps structured records in agreement between sites that are not always connected.')
    .version(readVersion())
    .option('--data <folder>', 'the data directory (CONCORD_DATA; ./var)')
    .option('--config <file>', 'the configuration (CONCORD_CONFIG; concord.json in the data directory)')
    .option('--json', 'print results as JSON')
    .exitOverride()
    .configureOutput({
      writeOut: terminal.write,
      writeErr: terminal.complain,
      getOutHelpWidth: () => helpWidth,
      getErrHelpWidth: () => helpWidth,
    })
    .showHelpAfterError('(add --help for the arguments and options)');
  for (const register of registrations) register(program, actions);
  return program;
}

/** Commander complains in the words of the command that it stopped at. */
function tellUsageErrorsAsJson(command: Command): void {
  command.showHelpAfterError(false).configureOutput({
    outputError: (complaint, write) => {
      write(describeUsageError(complaint));
    },
  });
  for (const each of command.commands) tellUsageErrorsAsJson(each);
}

/** Runs one command and returns the exit code; errors are told to the operator, never thrown. */
export async function runCommandLine(argv: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const actions = new CommandActions(terminal);
  const asJson = argv.includes('--json');
  try {
    const program = buildProgram(terminal, actions);
    if (asJson) tellUsageErrorsAsJson(program);
    await program.parseAsync(argv, { from: 'user' });
    return actions.exitCode;
  } catch (error) {
    return reportError(error, terminal, { asJson, failureCode: actions.failureCode });
  }
}
