import { expect, it } from 'vitest';
import { browserName } from '../../../src/web/pages/browser-name.ts';

const mozilla = 'Mozilla/5.0';

it.each([
  [`${mozilla} (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36`, 'Chrome, Linux'],
  [`${mozilla} (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0`, 'Firefox, Windows'],
  [`${mozilla} (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0`, 'Edge, Windows'],
  [`${mozilla} (Linux; Android 14; Pixel) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36`, 'Chrome, Android'],
  [`${mozilla} (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1`, 'Safari, iPhone'],
  ['curl/8.5.0', 'curl/8.5.0'],
  ['', ''],
])('the browser “%s” is called “%s”', (agent, name) => {
  expect(browserName(agent)).toBe(name);
});
