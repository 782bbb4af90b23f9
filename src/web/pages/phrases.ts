import { readLanguages } from './language-files.ts';

/** One sentence of the server's in another language. */
interface Phrase {
  readonly pattern: RegExp;
  readonly names: readonly string[];
  readonly text: string;
}

/** What stands at these places is a sentence of its own, or a part of one. */
const spoken = new Set(['message', 'sent', 'received', 'choice']);
const longest = 2_000;
const deepest = 3;

/**
 * Sentences of errors, states and lines of the log in the languages of a skin: `messages/<language>.json`, by the English sentence, whose changing parts are
 * `{names}`. They are kept in the store as they were said, in English; a page says them in the language of whoever looks.
 */
export class Phrasebook {
  readonly #phrases = new Map<string, readonly Phrase[]>();

  /** Reads all languages; of two translations that of the earlier skin counts. @throws ConfigurationError CON-C001 for a file that is no object of texts */
  constructor(skins: readonly string[]) {
    for (const [language, found] of readLanguages(skins, 'messages'))
      this.#phrases.set(language, Object.entries(found).map(phraseOf));
  }

  /** The sentence in a language; as it is where there is no translation. */
  translate(language: string, sentence: string): string {
    const known = this.#phrases.get(language);
    return known === undefined || sentence.length > longest ? sentence : said(known, sentence, 0);
  }
}

function said(known: readonly Phrase[], sentence: string, depth: number): string {
  if (depth > deepest) return sentence;
  for (const { pattern, names, text } of known) {
    const match = pattern.exec(sentence);
    if (match === null) continue;
    const parts = new Map(names.map((name, at) => [name, match[at + 1] ?? '']));
    return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
      const part = parts.get(name);
      if (part === undefined) return whole;
      return spoken.has(name) ? said(known, part, depth + 1) : part;
    });
  }
  return sentence;
}

function phraseOf([sentence, text]: readonly [string, string]): Phrase {
  const names = [...sentence.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '');
  const pattern = sentence
    .split(/\{\w+\}/)
    .map((piece) => piece.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'))
    .join('(.+?)');
  return { pattern: new RegExp(`^${pattern}$`, 's'), names, text };
}
