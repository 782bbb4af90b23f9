import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';
import { houseRules } from './config/tooling/eslint-rules.js';

const domain = ['xml', 'xupdate', 'syncml', 'objects', 'conduits', 'synchronization', 'activities', 'errors'];
const domainFiles = domain.map((folder) => `src/${folder}/**/*.ts`);

/** What `no-restricted-syntax` forbids. ESLint replaces a rule's options instead of merging them, so each place lists its own. */
const forbidden = {
  defaultExport: {
    selector: 'ExportDefaultDeclaration',
    message: 'Named exports only: one name for one thing, everywhere.',
  },
  plainError: {
    selector: 'NewExpression[callee.name=/^(Error|TypeError|RangeError)$/]',
    message:
      'A caller can only match the text of a plain Error. Use a family of src/errors/concord-error.ts with its code.',
  },
  async: {
    selector: ':function[async=true]',
    message: 'The domain decides from values and waits for nothing. Fetch in a use-case, then call the domain.',
  },
  clock: {
    selector: 'NewExpression[callee.name="Date"][arguments.length=0]',
    message: 'The domain has no clock: take the time as a parameter.',
  },
};

const environment = {
  object: 'process',
  property: 'env',
  message: 'The environment is read in src/configuration only; take your part of the Configuration as a parameter.',
};
const exit = {
  object: 'process',
  property: 'exit',
  message:
    'It cuts off what is being written. Set process.exitCode and let the process end; only the timer in workers/ may force it.',
};
const environmentImports = {
  name: 'node:process',
  importNames: ['env', 'exit'],
  message: 'Use the global `process`, so that the rules on `process.env` and `process.exit` can see it.',
};

const noClock = { object: 'Date', property: 'now', message: forbidden.clock.message };
const noRandom = {
  object: 'Math',
  property: 'random',
  message: 'The domain has no randomness: take the value as a parameter.',
};
const randomImports = {
  name: 'node:crypto',
  importNames: ['randomUUID', 'randomBytes', 'randomInt', 'randomFillSync', 'getRandomValues', 'webcrypto'],
  message: noRandom.message,
};
const impureGlobals = [
  'setTimeout',
  'setInterval',
  'setImmediate',
  'fetch',
  'process',
  'performance',
  'crypto',
  'console',
].map((name) => ({ name, message: 'The domain is pure: no I/O, no clock, no randomness, no environment.' }));

export default defineConfig(
  globalIgnores(['dist/', 'var/', 'coverage/', 'skins/**/*.js', '**/*.min.js']),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { concord: houseRules },
    rules: {
      // The compiler finds unknown names, and it knows more of them.
      'no-undef': 'off',
      eqeqeq: 'error',
      'no-console': 'error',
      'prefer-const': 'error',
      'object-shorthand': 'error',

      'max-lines': ['error', { max: 400 }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true, IIFEs: true }],
      '@typescript-eslint/max-params': ['error', { max: 3 }],

      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/prefer-readonly': 'error',
      // A `switch` over a union ends in `satisfies never`; without a default, a forgotten case is an error here too.
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],

      // A number in a message has one obvious form; objects, arrays and undefined in one stay errors.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // `() => list.push(x)` as a callback whose result nobody reads is plain; assigning a void result stays an error.
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // A port's method is async because some adapter must wait; the one that need not still returns a Promise and rejects, not throws.
      '@typescript-eslint/require-await': 'off',
      // A type parameter used once still ties a result to what its caller expects of an untyped source (a row, a parsed body).
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      // `while (true)` around a page-by-page read is clearer than a flag.
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      // Control characters are what XML forbids: an expression that refuses them must name them.
      'no-control-regex': 'off',
    },
  },
  {
    files: ['src/**/*.ts', 'workers/**/*.ts', 'skins/**/*.ts'],
    rules: {
      'concord/docstring-on-export': 'error',
      'concord/reason-for-assertion': 'error',
      'no-restricted-syntax': ['error', forbidden.defaultExport, forbidden.plainError],
      'no-restricted-properties': ['error', environment, exit],
      'no-restricted-imports': ['error', { paths: [environmentImports] }],
    },
  },
  {
    files: domainFiles,
    rules: {
      'no-restricted-syntax': [
        'error',
        forbidden.defaultExport,
        forbidden.plainError,
        forbidden.async,
        forbidden.clock,
      ],
      'no-restricted-properties': ['error', environment, exit, noClock, noRandom],
      'no-restricted-imports': ['error', { paths: [environmentImports, randomImports] }],
      'no-restricted-globals': ['error', ...impureGlobals],
    },
  },
  // Tables: as long as what they list.
  {
    files: [
      'src/errors/codes.ts',
      'src/**/*-codes.ts',
      'src/**/*-table.ts',
      'src/**/*-tables.ts',
      'src/**/code-pages.ts',
    ],
    rules: { 'max-lines': 'off' },
  },
  { files: ['src/configuration/**/*.ts'], rules: { 'no-restricted-properties': ['error', exit] } },
  { files: ['workers/**/*.ts'], rules: { 'no-restricted-properties': ['error', environment] } },
  { files: ['src/cli/**/*.ts', 'workers/**/*.ts', 'bench/**/*.ts'], rules: { 'no-console': 'off' } },
  {
    files: ['test/**/*.ts', 'bench/**/*.ts'],
    rules: {
      'max-lines': 'off',
      'max-lines-per-function': 'off',
      // What a test builds is read by the test beside it.
      '@typescript-eslint/explicit-module-boundary-types': 'off',
      '@typescript-eslint/max-params': 'off',
      // A spy or an expectation names a method without calling it.
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/no-empty-function': 'off',
    },
  },
  // Tools ask for default exports.
  { files: ['*.config.ts', '*.config.js'], rules: { 'no-restricted-syntax': 'off' } },
  {
    files: ['**/*.{js,mjs,cjs}'],
    languageOptions: { globals: { process: 'readonly', console: 'readonly', URL: 'readonly' } },
  },
);
