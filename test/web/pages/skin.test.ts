import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Skin } from '../../../src/web/pages/skin.ts';
import { TextCatalogue } from '../../../src/web/pages/text-catalogue.ts';
import { startWeb } from '../web-fixture.ts';
import { openBrowser } from './browser.ts';

const skins = join(import.meta.dirname, '../../../skins/default');
const catalogue = new TextCatalogue([skins]);

function textsOf(language: string): Readonly<Record<string, string>> {
  const files = readdirSync(join(skins, 'texts')).filter((name) => name.startsWith(`${language}.`));
  // Our own files, of which the catalogue has just been made: texts by key.
  const texts = files.map(
    (name) => JSON.parse(readFileSync(join(skins, 'texts', name), 'utf8')) as Record<string, string>,
  );
  return Object.assign({}, ...texts) as Record<string, string>;
}

const english = textsOf('en');
const templates = ['pages', 'parts', '.'].flatMap((folder) =>
  readdirSync(join(skins, folder))
    .filter((name) => name.endsWith('.eta'))
    .map((name) => join(folder, name)),
);

function temporarySkin(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'concord-skin-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

describe('the texts', () => {
  it('are the same keys in every language, with the same places for values', () => {
    const placesOf = (text: string): readonly string[] => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort();
    for (const language of catalogue.languages) {
      const texts = textsOf(language);
      expect(Object.keys(texts).sort()).toEqual(Object.keys(english).sort());
      for (const [key, text] of Object.entries(texts))
        expect([key, placesOf(text)]).toEqual([key, placesOf(english[key] ?? '')]);
    }
    expect(catalogue.languages).toEqual(['en', 'de']);
  });

  it.each(readdirSync(join(skins, 'texts')))(
    'are in %s once: of two with one key the first would never be shown',
    (name) => {
      const keys = [...readFileSync(join(skins, 'texts', name), 'utf8').matchAll(/^\s*"([^"]+)":/gm)].map(
        ([, key]) => key,
      );
      expect(keys.filter((key, at) => keys.indexOf(key) !== at)).toEqual([]);
    },
  );

  it.each(templates)('has every key that %s uses', (template) => {
    const text = readFileSync(join(skins, template), 'utf8');
    const keys = [...text.matchAll(/\bt\('([\w.-]+)'[,)\s]/g)].map(([, key = '']) => key);
    // A key may be put together: then at least its beginning must be one.
    const isKnown = (key: string): boolean =>
      key in english ||
      `${key}.other` in english ||
      (key.endsWith('.') && Object.keys(english).some((each) => each.startsWith(key)));
    expect(keys.filter((key) => !isKnown(key))).toEqual([]);
  });

  it('choose the form of the number, and write it as the language does', () => {
    const t = catalogue.translator('en');
    expect(t('home.conflicts', { count: 1 })).toBe('1 conflict waits');
    expect(t('home.conflicts', { count: 1234 })).toBe('1,234 conflicts wait');
    expect(catalogue.translator('de')('home.conflicts', { count: 1234 })).toBe('1.234 Konflikte warten');
    expect(t('no.such.key')).toBe('no.such.key');
  });
});

describe('the language', () => {
  it('is the one that the browser asks for, or the one that is set', async () => {
    const browser = openBrowser(await startWeb());
    const ask = async (accepted: string): Promise<string> =>
      (await browser.open('/sign-in', { 'accept-language': accepted })).title;
    expect(await ask('de-CH,en;q=0.5')).toBe('Anmelden');
    expect(await ask('fr, en;q=0.1')).toBe('Sign in');
    expect(await ask('fr')).toBe('Sign in');
    const german = openBrowser(await startWeb({ settings: { pages: { language: 'de', skin: undefined } } }));
    const page = await german.open('/sign-in', { 'accept-language': 'en' });
    expect(page.one('/html/@lang')).toBe('de');
  });
});

describe('a skin of one’s own', () => {
  it('takes the place of templates file by file, and of texts key by key', () => {
    const folder = temporarySkin({
      'parts/csrf.eta': '<b><%= it.x %></b>',
      'texts/en.json': '{"signIn.title": "Come in"}',
    });
    const skin = new Skin(folder);
    expect(skin.render('parts/csrf', { x: '<' })).toBe('<b>&lt;</b>');
    const t = skin.translator('en');
    expect([t('signIn.title'), t('signIn.button')]).toEqual(['Come in', 'Sign in']);
  });

  it('shows nothing that no XML can hold: each page is one, whatever was typed', () => {
    const skin = new Skin(temporarySkin({ 'parts/csrf.eta': '<%= it.x %>' }));
    expect(skin.render('parts/csrf', { x: 'a\u0000b\uD83D\t\u{1F600}<' })).toBe('a\uFFFDb\uFFFD\t\u{1F600}&lt;');
  });

  it('adds a language, which is English where it says nothing', () => {
    const skin = new Skin(temporarySkin({ 'texts/fr.json': '{"signIn.title": "Connexion"}' }));
    expect(skin.languages).toContain('fr');
    const t = skin.translator('fr');
    expect([t('signIn.title'), t('signIn.button')]).toEqual(['Connexion', 'Sign in']);
  });

  it('that cannot be read is a fault of the configuration', () => {
    expect(() => new Skin(temporarySkin({ 'texts/en.json': '{"a": 1}' }))).toThrow(/en\.json/);
  });

  it('gives away no file but style, script and pictures at its top', async () => {
    const web = await startWeb();
    for (const name of ['layout.eta', 'texts', 'en.json', '..%2fREADME.md', '.', 'custom', 'style.css%00.eta'])
      expect((await fetch(`${web.address}/static/${name}`)).status, name).not.toBe(200);
    const style = await fetch(`${web.address}/static/style.css`);
    expect(style.headers.get('content-type')).toContain('text/css');
    const tag = style.headers.get('etag') ?? '';
    expect((await fetch(`${web.address}/static/style.css`, { headers: { 'if-none-match': tag } })).status).toBe(304);
  });
});
