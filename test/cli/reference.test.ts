import type { Command } from 'commander';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { allCommands } from '../../src/cli/all-commands.ts';
import { CommandActions } from '../../src/cli/command-action.ts';
import { buildProgram } from '../../src/cli/program.ts';
import type { Terminal } from '../../src/cli/terminal.ts';

const terminal: Terminal = {
  environment: {},
  write: () => undefined,
  complain: () => undefined,
  readInput: async () => new Uint8Array(),
  askPassword: undefined,
  progressStream: undefined,
  signal: new AbortController().signal,
};

function sectionsOf(command: Command, names: readonly string[]): readonly string[] {
  const path = [...names, command.name()];
  const below = command.commands.flatMap((each) => sectionsOf(each, path));
  // Its parts say more than a command that only has parts.
  if (below.length > 0) return below;
  return [`## ${path.join(' ')}\n\n\`\`\`text\n${command.helpInformation().trim()}\n\`\`\`\n`];
}

describe('docs/guide/commands.md', () => {
  it('is what the commands say with --help; `npx vitest run test/cli/reference -u` writes it', async () => {
    const program = buildProgram(terminal, new CommandActions(terminal), allCommands);
    const reference = [
      '# Commands\n',
      'What `concord COMMAND --help` prints. Every command also takes these options, anywhere after its name:\n',
      `\`\`\`text\n${program.helpInformation().trim()}\n\`\`\`\n`,
      ...program.commands.flatMap((each) => sectionsOf(each, ['concord'])),
    ].join('\n');
    await expect(reference).toMatchFileSnapshot(join(import.meta.dirname, '../../docs/guide/commands.md'));
  });
});
