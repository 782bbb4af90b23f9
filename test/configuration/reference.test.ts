import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { variables } from '../../src/configuration/environment.ts';
import { configurationSchema } from '../../src/configuration/schema.ts';

/** What is used of a JSON Schema. */
interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
}

function rowsOf(schema: Schema, path: readonly string[]): readonly (readonly string[])[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, setting]) => {
    const place = [...path, name];
    if (setting.properties !== undefined) return rowsOf(setting, place);
    const { default: byDefault, minimum, maximum, description = '' } = setting;
    const bounds =
      minimum === undefined || maximum === undefined ? (setting.enum?.join(', ') ?? '') : `${minimum}–${maximum}`;
    const named = variables.filter(({ section, setting: key }) => `${section}.${key}` === place.join('.'));
    const environment = named.map((variable) => `\`${variable.name}\``).join(', ');
    const written = byDefault === undefined || byDefault === '' ? '' : `\`${JSON.stringify(byDefault)}\``;
    return [[`\`${place.join('.')}\``, written, bounds, environment, description]];
  });
}

function table(rows: readonly (readonly string[])[]): string {
  const header = ['Setting', 'Default', 'Limits', 'Environment', 'Meaning'];
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[], pad: string) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0, pad)).join(' | ')} |`;
  return [
    line(header, ' '),
    line(
      header.map(() => ''),
      '-',
    ),
    ...rows.map((row) => line(row, ' ')),
  ].join('\n');
}

describe('docs/guide/configuration.md', () => {
  it('lists every setting of the schema; `npx vitest run test/configuration -u` writes it', async () => {
    // Holds: zod makes a JSON Schema, of which only these members are read.
    const schema = z.toJSONSchema(configurationSchema, { io: 'input' }) as Schema;
    const text = `# Configuration

Nothing needs to be configured. What is set counts in this order, the later above the earlier: the defaults, a file, the environment, the
command line (\`--data\`, \`--host\`, \`--port\`). The file is \`concord.json\` in the data directory, or what \`--config\` or \`CONCORD_CONFIG\` names;
\`config/concord.example.json\` shows one. A configuration with faults starts nothing: the command ends with 78 and lists all of them.

\`CONCORD_DATA\` names the data directory (\`--data\`; \`./var\`). \`CONCORD_PASSWORD\` is the password that a command asks for.

${table(rowsOf(schema, []))}
`;
    await expect(text).toMatchFileSnapshot(join(import.meta.dirname, '../../docs/guide/configuration.md'));
  });
});
