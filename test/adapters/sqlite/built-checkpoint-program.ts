import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';

const source = join(import.meta.dirname, '../../../src/adapters/sqlite/checkpoint-program.ts');

/** The program of the thread, made in this folder of the sources as they are: a thread takes no types, and what was built last may be older. */
export function builtCheckpointProgram(folder: string): URL {
  const { outputText } = ts.transpileModule(readFileSync(source, 'utf8'), {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023, verbatimModuleSyntax: true },
  });
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
  const file = join(folder, 'checkpoint-program.mjs');
  writeFileSync(file, outputText);
  return pathToFileURL(file);
}
