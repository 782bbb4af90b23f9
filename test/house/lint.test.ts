import { join } from 'node:path';
import { ESLint } from 'eslint';
import { beforeAll, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');

/** Code with a docstring, so that only what follows it is judged. */
function exported(code: string): string {
  return `/** D. */\nexport ${code}`;
}

/** What the house style forbids: in words, where, the code, and the rule that must speak. */
const wrong: readonly (readonly [what: string, where: string, code: string, rule: string])[] = [
  ['the environment', 'src/web', exported(`const port = process.env['PORT'];`), 'no-restricted-properties'],
  [
    'the environment by import',
    'src/web',
    `import { env } from 'node:process';\n${exported('const port = env;')}`,
    'no-restricted-imports',
  ],
  ['leaving the process', 'src/cli', 'process.exit(1);', 'no-restricted-properties'],
  ['the console', 'src/web', 'console.log(1);', 'no-console'],
  ['a plain Error', 'src/web', `throw new Error('bad anchor');`, 'no-restricted-syntax'],
  ['a default export', 'src/web', 'export default 1;', 'no-restricted-syntax'],
  ['any', 'src/web', exported('const x: any = 1;'), '@typescript-eslint/no-explicit-any'],
  ['!', 'src/web', 'const l: number[] = [];\nl.push(l[0]!);', '@typescript-eslint/no-non-null-assertion'],
  [
    'a fourth positional parameter',
    'src/web',
    exported('function f(a: 1, b: 1, c: 1, d: 1): 1 {\n  return a && b && c && d;\n}'),
    '@typescript-eslint/max-params',
  ],
  ['an export without a docstring', 'src/web', 'export const x = 1;', 'concord/docstring-on-export'],
  [
    'an assertion without its reason',
    'src/web',
    'const x: unknown = 1;\n\n\n\n\n(x as number[]).pop();',
    'concord/reason-for-assertion',
  ],
  ['a file of 401 lines', 'src/web', '\n'.repeat(401), 'max-lines'],
  [
    'a function of over 60 lines',
    'src/web',
    `function f(): void {\n${'  f();\n'.repeat(60)}}\nf();`,
    'max-lines-per-function',
  ],
  [
    'a domain that waits',
    'src/xml',
    exported('async function f(): Promise<number> {\n  return Promise.resolve(1);\n}'),
    'no-restricted-syntax',
  ],
  ['a domain with a clock', 'src/objects', exported('const now = new Date();'), 'no-restricted-syntax'],
  ['a domain with a clock in numbers', 'src/objects', exported('const now = Date.now();'), 'no-restricted-properties'],
  ['a domain with dice', 'src/objects', exported('const dice = Math.random();'), 'no-restricted-properties'],
  [
    'a domain with random identifiers',
    'src/objects',
    `import { randomUUID } from 'node:crypto';\n${exported('const id = randomUUID();')}`,
    'no-restricted-imports',
  ],
  ['a domain with timers', 'src/activities', 'setTimeout(() => 1, 1);', 'no-restricted-globals'],
];

/** What stays allowed at the place that is for it. */
const right: readonly (readonly [what: string, where: string, code: string])[] = [
  ['the environment', 'src/configuration', exported(`const port = process.env['PORT'];`)],
  ['the console', 'src/cli', 'console.log(1);'],
  ['the forced end', 'workers', 'setTimeout(() => {\n  process.exit(1);\n}, 1).unref();'],
  [
    'a type derived from the table above it',
    'src/web',
    `${exported("const modes = ['pull', 'push'] as const;")}\nexport type Mode = (typeof modes)[number];`,
  ],
  ['an assertion with its reason', 'src/web', 'const x: unknown = [];\n// An array, above.\n(x as number[]).pop();'],
  ['a given time', 'src/objects', exported('const epoch = new Date(0);')],
];

describe('the linter', () => {
  let eslint: ESLint;

  beforeAll(() => {
    const probes = new Set([...wrong, ...right].map(([, where]) => `${where}/probe.ts`));
    // The probes are no files of the project, so no tsconfig.json includes them.
    const parserOptions = { projectService: { allowDefaultProject: [...probes] } };
    eslint = new ESLint({ cwd: root, overrideConfig: { languageOptions: { parserOptions } } });
  });

  async function findRules(where: string, code: string): Promise<readonly (string | null)[]> {
    const results = await eslint.lintText(`${code}\n`, { filePath: join(root, where, 'probe.ts') });
    return results.flatMap((result) => result.messages.map((message) => message.ruleId));
  }

  it.each(wrong)('refuses %s in %s', async (_, where, code, rule) => {
    expect(await findRules(where, code)).toContain(rule);
  });

  it.each(right)('accepts %s in %s', async (_, where, code) => {
    expect(await findRules(where, code)).toEqual([]);
  });
});
