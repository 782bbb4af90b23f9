import type { Translate } from './text-catalogue.ts';

const envelope = new Set(['parent', 'id', 'type', 'existence']);

/** What people call a field: of the envelope by its text, of a document by the names on the way to it, `goods › 2` for `/object/goods/item[2]/text()`. */
export function fieldLabel(t: Translate, field: string): string {
  if (envelope.has(field)) return t(`field.${field}`);
  const [, ...steps] = stepsOf(field);
  const names = steps.filter((step) => step !== 'text()' && step !== 'node()').map(nameOfStep);
  return names.length === 0 ? t('field.all') : names.join(' › ');
}

/** Apart at slashes that are in no quotation marks. */
function stepsOf(place: string): readonly string[] {
  return (place.match(/(?:"[^"]*"|'[^']*'|[^/"'])+/g) ?? []).filter((step) => step !== '');
}

function nameOfStep(step: string): string {
  const [, name = step, predicate] = /^([^[]+)(?:\[(.+)\])?$/s.exec(step) ?? [];
  const key = /^@[\w.:-]+=["'](.*)["']$/s.exec(predicate ?? '')?.[1];
  if (key !== undefined) return name === 'property' || name === 'item' ? key : `${name} ${key}`;
  if (predicate !== undefined) return name === 'item' ? predicate : `${name} ${predicate}`;
  return name.replace(/^@/, '');
}
