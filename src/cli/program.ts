import { Command } from 'commander';
import type { RegisterCommand } from './command-action.ts';
import { CommandActions } from './command-action.ts';
import type { ExitCode } from './report-error.ts';
import { describeUsageError, exitCodes, reportError } from './report-error.ts';
import type { Terminal } from './terminal.ts';
import { readVersion } from './version.ts';

// The same everywhere: the reference in docs/guide/commands.md is what --help prints.
const helpWidth = 100;

/** The command line (design.md §8) with these commands, ready to parse. */
export function buildProgram(
  terminal: Terminal,
  actions: CommandActions,
  commands: readonly RegisterCommand[],
): Command {
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
  for (const register of commands) register(program, actions);
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

// What sites need takes as long to load as comparing two small documents.
async function commandsFor([name]: readonly string[]): Promise<readonly RegisterCommand[]> {
  if (name !== 'diff' && name !== 'patch' && name !== 'merge') return (await import('./all-commands.ts')).allCommands;
  return (await import('./document-commands.ts')).documentCommands;
}

/** Runs one command and returns the exit code; errors are told to the operator, never thrown. */
export async function runCommandLine(argv: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const actions = new CommandActions(terminal);
  const asJson = argv.includes('--json');
  try {
    const program = buildProgram(terminal, actions, await commandsFor(argv));
    if (asJson) tellUsageErrorsAsJson(program);
    const names = new Set(program.commands.map((command) => command.name()));
    actions.noteMeant(argv.find((argument) => names.has(argument)));
    await program.parseAsync(argv, { from: 'user' });
    return actions.exitCode;
  } catch (error) {
    const code = reportError(error, terminal, { asJson, failureCode: actions.failureCode });
    return code === exitCodes.success ? code : (actions.onlyFailureCode ?? code);
  }
}
