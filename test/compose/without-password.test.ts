import { expect, it } from 'vitest';
import { withoutPassword } from '../../src/compose/without-password.ts';

it.each([
  ['http://hub.example/cps', 'http://hub.example/cps'],
  ['http://eve:secret@hub.example/cps', 'http://hub.example/cps'],
  ['http://eve:se@cret@hub.example/cps', 'http://hub.example/cps'],
  ['mongodb://eve:secret@one:27017,two:27017/concord?w=1', 'mongodb://one:27017,two:27017/concord?w=1'],
  ['http://hub.example/mail@home', 'http://hub.example/mail@home'],
  ['mailto:hub@example.org', 'mailto:hub@example.org'],
])('shows %s as %s', (url, shown) => {
  expect(withoutPassword(url)).toBe(shown);
});
