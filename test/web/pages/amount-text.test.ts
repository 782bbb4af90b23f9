import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ageText, sizeText } from '../../../src/web/pages/amount-text.ts';
import { TextCatalogue } from '../../../src/web/pages/text-catalogue.ts';

const catalogue = new TextCatalogue([join(import.meta.dirname, '../../../skins/default')]);
const [english, german] = [catalogue.translator('en'), catalogue.translator('de')];

it.each([
  [0, 'less than a second', 'weniger als eine Sekunde'],
  [999, 'less than a second', 'weniger als eine Sekunde'],
  [1_000, '1 second', '1 Sekunde'],
  [59_999, '59 seconds', '59 Sekunden'],
  [3_600_000, '1 hour', '1 Stunde'],
  [172_799_999, '1 day', '1 Tag'],
])('says %i ms in the largest whole unit: %s', (ms, inEnglish, inGerman) => {
  expect([ageText(english, ms), ageText(german, ms)]).toEqual([inEnglish, inGerman]);
});

it.each([
  [999, '999 B', '999 B'],
  [1_549, '1.5 kB', '1,5 kB'],
  [2_000_000_000, '2 GB', '2 GB'],
])('says %i octets as %s', (octets, inEnglish, inGerman) => {
  expect([sizeText(english, octets), sizeText(german, octets)]).toEqual([inEnglish, inGerman]);
});
