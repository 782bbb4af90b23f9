import type { Texts } from './language-files.ts';
import { readLanguages } from './language-files.ts';
import { Phrasebook } from './phrases.ts';

/** What stands in for `{name}` in a text. `count` also chooses between the forms of a text (`.one`, `.other`, as Unicode's plural rules name them). */
export type TextValues = Readonly<Record<string, string | number>>;

/** The text of a key in the language of the visitor; the key itself where there is none, so that a gap shows and breaks nothing. */
export interface Translate {
  (key: string, values?: TextValues): string;
  /** The text, or undefined where the catalogue has none. */
  readonly ifAny: (key: string, values?: TextValues) => string | undefined;
  /** A sentence of an error or of the log, which is kept in English. */
  readonly said: (sentence: string) => string;
  /** A number as the language writes it. */
  readonly number: (value: number) => string;
  /** The tag of the language, such as `en`. */
  readonly language: string;
}

const fallback = 'en';

/** The texts of all languages that a skin has: of each language `texts/<language>.json`, and for parts of the pages `texts/<language>.<part>.json`. */
export class TextCatalogue {
  readonly #texts: ReadonlyMap<string, Texts>;
  readonly #phrases: Phrasebook;

  /** Reads all languages; a text in an earlier skin hides that of a later one, key by key. @throws ConfigurationError CON-C001 for a file that is no catalogue */
  constructor(skins: readonly string[]) {
    this.#texts = readLanguages(skins, 'texts');
    this.#phrases = new Phrasebook(skins);
  }

  /** The tags of the languages, English first. */
  get languages(): readonly string[] {
    return [...this.#texts.keys()].sort((a, b) => Number(b === fallback) - Number(a === fallback) || (a < b ? -1 : 1));
  }

  /** What a language lacks is English. */
  translator(language: string): Translate {
    const own = this.#texts.get(language) ?? {};
    const english = this.#texts.get(fallback) ?? {};
    const plural = new Intl.PluralRules(language);
    const number = new Intl.NumberFormat(language);
    const find = (key: string, { count }: TextValues): string | undefined => {
      const keys = typeof count === 'number' ? [`${key}.${plural.select(count)}`, `${key}.other`, key] : [key];
      for (const from of [own, english]) {
        const found = keys.find((each) => Object.hasOwn(from, each));
        if (found !== undefined) return from[found];
      }
      return undefined;
    };
    const ifAny = (key: string, values: TextValues = {}): string | undefined =>
      find(key, values)?.replace(/\{(\w+)\}/g, (whole, name: string) => {
        const value = values[name];
        return typeof value === 'number' ? number.format(value) : (value ?? whole);
      });
    const translate = (key: string, values?: TextValues): string => ifAny(key, values) ?? key;
    const said = (sentence: string): string => this.#phrases.translate(language, sentence);
    return Object.assign(translate, { ifAny, said, language, number: (value: number) => number.format(value) });
  }
}
