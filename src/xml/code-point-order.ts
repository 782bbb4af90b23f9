/**
 * Negative, zero or positive as `left` comes before, with or after `right` by code points. The order of `<` is by UTF-16 units, which
 * puts U+E000…U+FFFF behind the characters above U+FFFF (Canonical XML 1.0, section 2.2 sorts by code points).
 */
export function compareCodePoints(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let at = 0; at < length; at++) {
    const a = left.charCodeAt(at);
    const b = right.charCodeAt(at);
    if (a !== b) return rank(a) - rank(b);
  }
  return left.length - right.length;
}

// A surrogate stands for a character above all of the basic plane.
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
