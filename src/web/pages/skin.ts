import { hash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Eta } from 'eta';
import { InvariantError } from '../../errors/concord-error.ts';
import { withoutForbidden } from '../../xml/characters.ts';
import type { Translate } from './text-catalogue.ts';
import { TextCatalogue } from './text-catalogue.ts';

/** A file that every page needs: style, script, icon. */
export interface Asset {
  readonly type: string;
  readonly octets: Uint8Array;
  /** Changes with the content. */
  readonly mark: string;
}

const assetTypes: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
  woff2: 'font/woff2',
};

/**
 * How the pages look: templates, texts, style. Each file is looked for in the operator's folder first, then in the one that Concord brings. Read once: a change
 * shows after a restart.
 */
export class Skin {
  readonly #folders: readonly string[];
  readonly #eta: Eta;
  readonly #catalogue: TextCatalogue;
  readonly #translators = new Map<string, Translate>();
  readonly #templates = new Map<string, string>();
  readonly #assets = new Map<string, Asset | undefined>();

  /** @throws ConfigurationError CON-C001 for texts that cannot be read */
  constructor(custom?: string) {
    const own = defaultSkinFolder();
    this.#folders = [custom ?? join(own, '../custom'), own];
    this.#catalogue = new TextCatalogue(this.#folders);
    this.#eta = new Eta({ cache: true, autoEscape: true, views: own, defaultExtension: '.eta' });
    const { escapeFunction } = this.#eta.config;
    // What was typed is shown again, also where it was refused for such a character.
    this.#eta.configure({ escapeFunction: (text) => escapeFunction(withoutForbidden(String(text))) });
    this.#eta.resolvePath = (name) => this.#templateFile(name);
    // The line end behind a part would be a space in what it is put into.
    this.#eta.readFile = (file) => readFileSync(file, 'utf8').trimEnd();
  }

  /** The languages that there are texts for, English first. */
  get languages(): readonly string[] {
    return this.#catalogue.languages;
  }

  /** The texts of one of the languages. */
  translator(language: string): Translate {
    const known = this.#translators.get(language) ?? this.#catalogue.translator(language);
    this.#translators.set(language, known);
    return known;
  }

  /** The HTML of a template, `pages/contents` and such. All that `<%= %>` writes is escaped. */
  render(template: string, model: object): string {
    return this.#eta.render(template, model);
  }

  /** A file beside the templates, by its bare name; undefined when there is none that may be given away. */
  asset(name: string): Asset | undefined {
    if (!this.#assets.has(name) && this.#assets.size < 100) this.#assets.set(name, this.#readAsset(name));
    return this.#assets.get(name);
  }

  #readAsset(name: string): Asset | undefined {
    const type = assetTypes[/^[a-z0-9-]+\.([a-z0-9]+)$/.exec(name)?.[1] ?? ''];
    const folder = this.#folders.find((each) => existsSync(join(each, name)));
    if (type === undefined || folder === undefined) return undefined;
    const octets = readFileSync(join(folder, name));
    return { type, octets, mark: hash('sha256', octets, 'base64url').slice(0, 10) };
  }

  #templateFile(name: string): string {
    const known = this.#templates.get(name);
    if (known !== undefined) return known;
    const path = `${name.replace(/^[./]+/, '')}.eta`;
    const folder = this.#folders.find((each) => existsSync(join(each, path)));
    if (folder === undefined) throw new InvariantError('CON-I001', `The skin has no template ${path}`);
    const file = join(folder, path);
    this.#templates.set(name, file);
    return file;
  }
}

/** `skins/default` of the package, at another distance in the build than in the sources. */
function defaultSkinFolder(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, 'package.json')) && dirname(folder) !== folder) folder = dirname(folder);
  return join(folder, 'skins/default');
}
