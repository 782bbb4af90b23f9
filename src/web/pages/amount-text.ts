import type { Translate } from './text-catalogue.ts';

const units = [
  ['days', 86_400_000],
  ['hours', 3_600_000],
  ['minutes', 60_000],
  ['seconds', 1_000],
] as const;

/** A length of time for people, in its largest whole unit: half a minute counts as 30 seconds. */
export function ageText(t: Translate, ms: number): string {
  const found = units.find(([, each]) => ms >= each);
  if (found === undefined) return t('status.moment');
  const [unit, unitMs] = found;
  return t(`status.${unit}`, { count: Math.floor(ms / unitMs) });
}

const sizes = [
  ['GB', 1e9],
  ['MB', 1e6],
  ['kB', 1e3],
] as const;

/** A number of octets for people. */
export function sizeText(t: Translate, octets: number): string {
  const [unit, one] = sizes.find(([, each]) => octets >= each) ?? ['B', 1];
  return `${t.number(Math.round((10 * octets) / one) / 10)} ${unit}`;
}
