const browsers = [
  ['Edge', /\bEdgA?\//],
  ['Opera', /\bOPR\//],
  ['Firefox', /\b(?:Firefox|FxiOS)\//],
  ['Chrome', /\b(?:Headless)?(?:Chrome|Chromium|CriOS)\//],
  ['Safari', /\bSafari\//],
] as const;

const systems = [
  ['Android', /\bAndroid\b/],
  ['iPhone', /\biPhone\b/],
  ['iPad', /\biPad\b/],
  ['Windows', /\bWindows\b/],
  ['macOS', /\bMacintosh\b/],
  ['Linux', /\bLinux\b/],
] as const;

/** What people call the browser that calls itself so, and its system: `Firefox, Windows`; what it says itself where it is none that is known. */
export function browserName(agent: string): string {
  const known = (names: readonly (readonly [string, RegExp])[]): string | undefined =>
    names.find(([, sign]) => sign.test(agent))?.[0];
  const browser = known(browsers);
  if (browser === undefined) return agent;
  const system = known(systems);
  return system === undefined ? browser : `${browser}, ${system}`;
}
