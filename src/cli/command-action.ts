import type { Command } from 'commander';
import { z } from 'zod';
import type { Configuration } from '../configuration/configuration.ts';
import { readConfiguration } from '../configuration/read-configuration.ts';
import type { ExitCode } from './report-error.ts';
import { exitCodes } from './report-error.ts';
import type { Terminal } from './terminal.ts';

/** The options that every command has. */
const globalOptions = z.object({
  data: z.string().optional(),
  config: z.string().optional(),
  json: z.boolean().default(false),
});

/** What a command runs with, beside its own arguments and options. */
export interface Call {
  readonly terminal: Terminal;
  /** Prints a result: the value where JSON is asked for, else the text. */
  readonly print: (value: unknown, text: string) => void;
  /** Prints a word to the operator that is no result; nothing where JSON is asked for. */
  readonly remark: (text: string) => void;
  /** Read when first asked for, so that commands without a site do without one. @throws ConfigurationError CON-C001 */
  readonly configuration: (commandLine?: {
    readonly host?: string | undefined;
    readonly port?: number | undefined;
  }) => Configuration;
}

/** A command's work. Returns an exit code where it is not 0. */
export type CommandRun<Input> = (input: Input, call: Call) => Promise<ExitCode | undefined>;

/** Adds a command to the command line. */
export type RegisterCommand = (program: Command, actions: CommandActions) => void;

/** Makes actions for the commands of one run of the command line, and remembers what to exit with. */
export class CommandActions {
  exitCode: ExitCode = exitCodes.success;
  /** For a command that fails; those whose 1 is a result have another one. */
  failureCode: ExitCode = exitCodes.failure;
  /** What the command ends with whatever is wrong, its usage and the configuration too; see `failOnlyWith`. */
  onlyFailureCode: ExitCode | undefined;
  readonly #onlyCodes = new Map<string, ExitCode>();
  readonly #terminal: Terminal;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** An action for commander: arguments (by their names) and options together are read by the schema. */
  action<Input>(
    schema: z.ZodType<Input>,
    run: CommandRun<Input>,
    failureCode: ExitCode = exitCodes.failure,
  ): (...args: unknown[]) => Promise<void> {
    return async (...args) => {
      this.failureCode = failureCode;
      // Commander's contract: the last argument of an action is the command.
      const command = args.at(-1) as Command;
      const options = command.optsWithGlobals<Record<string, unknown>>();
      const named = command.registeredArguments.map((argument, at) => [
        argument.name(),
        command.processedArgs[at] as unknown,
      ]);
      const input = schema.parse({ ...options, ...Object.fromEntries(named) });
      this.exitCode = (await run(input, this.#call(globalOptions.parse(options)))) ?? exitCodes.success;
    };
  }

  /** For a command whose caller has a meaning of its own for exit codes: it ends with this one, whatever goes wrong with it. */
  failOnlyWith(command: Command, code: ExitCode): void {
    this.#onlyCodes.set(command.name(), code);
  }

  /** Says which command is meant, which is known even where what stands before it is wrong. */
  noteMeant(name: string | undefined): void {
    this.onlyFailureCode = name === undefined ? undefined : this.#onlyCodes.get(name);
  }

  #call(options: z.infer<typeof globalOptions>): Call {
    const terminal = this.#terminal;
    return {
      terminal,
      print: (value, text) => terminal.write(options.json ? `${JSON.stringify(value, null, 2)}\n` : text),
      remark: (text) => {
        if (!options.json) terminal.write(text);
      },
      configuration: (commandLine = {}) => readConfiguration(terminal.environment, { ...options, ...commandLine }),
    };
  }
}
