/** The members that are there: what is not said must stay as it is, which an undefined one would not do. */
export function whatIsSaid<Settings extends object>(
  settings: Settings,
): {
  -readonly [Name in keyof Settings]?: Exclude<Settings[Name], undefined>;
} {
  const said = Object.entries(settings).filter(([, value]) => value !== undefined);
  // Holds: the members are the same but for those without a value.
  return Object.fromEntries(said) as { [Name in keyof Settings]?: Exclude<Settings[Name], undefined> };
}
