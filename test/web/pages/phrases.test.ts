import { mkdtempSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { errorCodes } from '../../../src/errors/codes.ts';
import { Phrasebook } from '../../../src/web/pages/phrases.ts';
import { openBrowser } from './browser.ts';
import { startWeb } from '../web-fixture.ts';

const root = join(import.meta.dirname, '../../..');
const skin = join(root, 'skins/default');
const read = (file: string): Record<string, string> =>
  // Holds: the skin's own test reads it by the same schema.
  JSON.parse(readFileSync(join(skin, file), 'utf8')) as Record<string, string>;
const book = new Phrasebook([skin]);
const german = (sentence: string): string => book.translate('de', sentence);

/** Every text that stands in the source, with nothing in place of what changes. */
function textsOfSource(): ReadonlySet<string> {
  const texts = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node)) texts.add(node.text);
    if (ts.isTemplateExpression(node))
      texts.add([node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)].join('{}'));
    ts.forEachChild(node, visit);
  };
  for (const name of readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.ts')) continue;
    visit(ts.createSourceFile(name, readFileSync(join(root, 'src', name), 'utf8'), ts.ScriptTarget.Latest));
  }
  return texts;
}

describe('what the server says, in German', () => {
  it.each([
    ['The site “cps” has no subscription “X”', 'Der Standort „cps“ hat kein Abonnement „X“'],
    [
      'Not synchronised: http://localhost:9/cps: nothing listens at this address',
      'Nicht abgeglichen: http://localhost:9/cps: unter dieser Adresse antwortet niemand',
    ],
    [
      'Synchronised: sent 1 new, 2 changed, 0 deleted; received nothing',
      'Abgeglichen: gesendet 1 neu, 2 geändert, 0 gelöscht; empfangen nichts',
    ],
    ['Nobody has said this', 'Nobody has said this'],
    ['“$&” may not do this; it needs the role Manager', '„$&“ darf das nicht; es braucht die Rolle Manager'],
  ])('“%s” is “%s”', (sentence, expected) => {
    expect(german(sentence)).toBe(expected);
    expect(book.translate('en', sentence)).toBe(sentence);
  });

  it('is about sentences that are still said, and keeps all that changes in them', () => {
    const texts = textsOfSource();
    const bare = (text: string): string => text.replace(/\{\w+\}/g, '{}');
    const put = [
      'http{url}: {message}',
      'Cancelled {count} activities',
      'Restarted {count} activities',
      'the publisher’s value',
      'the subscriber’s value',
    ];
    const messages = Object.entries(read('messages/de.json'));
    const stale = messages.map(([sentence]) => sentence).filter((one) => !put.includes(one) && !texts.has(bare(one)));
    expect(stale).toEqual([]);
    const unknown = messages.filter(([sentence, text]) =>
      (text.match(/\{\w+\}/g) ?? []).some((name) => !sentence.includes(name)),
    );
    expect(unknown).toEqual([]);
  });

  it('has what to do about every error that a page can show', () => {
    const texts = { ...read('texts/de.json'), ...read('texts/de.synchronization.json') };
    const missing = Object.entries(errorCodes).filter(
      ([code, remedy]) => !(`remedy.${code}` in texts) && german(remedy) === remedy,
    );
    // Those are for whoever starts the server, and stand on no page.
    expect(missing.filter(([code]) => !/^CON-(C\d|Q00[345]|D0(?:08|09|1))/.test(code))).toEqual([]);
  });

  it('is on the pages of a German browser, and can be said otherwise by a skin', async () => {
    const browser = openBrowser(await startWeb(), 'de');
    await browser.signIn('admin');
    const gone = await browser.open('/cps/portal_synchronizations/subscriptions/None');
    expect(gone.text).toContain('Es gibt kein Abonnement „None“');
    const log = await browser.open('/cps/portal_synchronizations/log');
    expect(log.text).toContain('hat sich auf den Seiten angemeldet');
    const custom = mkdtempSync(join(tmpdir(), 'concord-skin-'));
    mkdirSync(join(custom, 'messages'));
    writeFileSync(join(custom, 'messages/de.json'), '{"There is no such session": "Sitzung weg"}');
    expect(new Phrasebook([custom, skin]).translate('de', 'There is no such session')).toBe('Sitzung weg');
  });
});
