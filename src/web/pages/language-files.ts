import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { ConfigurationError } from '../../errors/concord-error.ts';

/** The texts of one language: by a key, or by the English sentence. */
export type Texts = Readonly<Record<string, string>>;

const texts = z.record(z.string(), z.string());
const fileName = /^([a-z]{2,3}(?:-[A-Za-z0-9]+)*)(?:\.[a-z]+)?\.json$/;

/**
 * The texts of all languages in a kind of folder that each skin may have: `<language>.json`, and in parts `<language>.<part>.json`.
 * A text in an earlier skin hides that of a later one, key by key.
 * @throws ConfigurationError CON-C001 for a file that is no object of texts
 */
export function readLanguages(skins: readonly string[], kind: 'texts' | 'messages'): ReadonlyMap<string, Texts> {
  const languages = new Map<string, Texts>();
  for (const skin of [...skins].reverse()) {
    for (const [language, found] of readFolder(join(skin, kind)))
      languages.set(language, { ...languages.get(language), ...found });
  }
  return languages;
}

function* readFolder(folder: string): Iterable<readonly [language: string, Texts]> {
  for (const name of filesOf(folder)) {
    const language = fileName.exec(name)?.[1];
    if (language === undefined) continue;
    const file = join(folder, name);
    try {
      yield [language, texts.parse(JSON.parse(readFileSync(file, 'utf8')))];
    } catch (cause) {
      throw new ConfigurationError('CON-C001', `${file} is not an object of texts in JSON`, { cause });
    }
  }
}

function filesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    // A skin need not have texts of its own.
    return [];
  }
}
