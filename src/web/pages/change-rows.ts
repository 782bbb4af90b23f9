import { parsePath } from '../../objects/path.ts';
import type { KeptChange, KeptChanges } from '../../use-cases/exchange/kept-changes.ts';
import type { PlannedChange, SyncPlan } from '../../use-cases/subscriber/sync-plan.ts';
import { objectHref } from './addresses.ts';
import { fieldLabel } from './field-label.ts';
import type { StateWord } from './synchronization-frame.ts';
import type { Translate } from './text-catalogue.ts';

/** A field of an object that a sync changes or has changed; undefined: it was, or is, not there. */
export interface FieldRow {
  readonly label: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** An object that a sync changes or has changed. */
export interface ChangeRow {
  readonly path: string;
  /** Undefined where there is nothing to look at. */
  readonly href: string | undefined;
  readonly action: StateWord;
  /** What is not plain about it. */
  readonly outcome: StateWord | undefined;
  readonly fields: readonly FieldRow[];
  readonly moreFields: number;
}

/** The objects that go one way. */
export interface ChangeList {
  readonly total: number;
  readonly rows: readonly ChangeRow[];
  readonly more: number;
}

/** Where rows are shown. */
export interface RowPlace {
  readonly site: string;
  readonly t: Translate;
}

const actionLooks = { create: 'good', update: 'active', delete: 'bad' } as const;
const maxShownLength = 300;

/** What a sync has done, for a page. */
export function keptRows(place: RowPlace, changes: KeptChanges): Readonly<Record<'sent' | 'received', ChangeList>> {
  const list = ({ total, listed }: KeptChanges['sent']): ChangeList => ({
    total,
    rows: listed.map((change) => keptRow(place, change)),
    more: Math.max(0, total - listed.length),
  });
  return { sent: list(changes.sent), received: list(changes.received) };
}

/** What a sync would do, for a page; what is held back stands apart. */
export function planRows(
  place: RowPlace,
  { send, receive }: Pick<SyncPlan, 'send' | 'receive'>,
  totals: { readonly send: number; readonly receive: number },
): Readonly<Record<'send' | 'receive' | 'heldBack', ChangeList>> {
  const held = send.filter(({ outcome }) => outcome === 'withheld');
  const going = send.filter(({ outcome }) => outcome !== 'withheld');
  const list = (changes: readonly PlannedChange[], more: number): ChangeList => ({
    total: changes.length + more,
    rows: changes.map((change) => plannedRow(place, change)),
    more,
  });
  return {
    send: list(going, totals.send - send.length),
    receive: list(receive, totals.receive - receive.length),
    heldBack: list(held, 0),
  };
}

function keptRow(place: RowPlace, change: KeptChange): ChangeRow {
  const { t } = place;
  const outcome =
    change.outcome === 'plain' ? undefined : ({ word: t(`sync.outcome.${change.outcome}`), look: 'warn' } as const);
  const fields = change.fields.map(({ field, before, after }) => ({
    label: fieldLabel(t, field),
    before: before ?? undefined,
    after: after ?? undefined,
  }));
  return { ...rowOf(place, change), outcome, fields: worthShowing(change, fields), moreFields: change.moreFields };
}

function plannedRow(place: RowPlace, change: PlannedChange): ChangeRow {
  const { t } = place;
  const outcome =
    change.outcome === 'plain' ? undefined : ({ word: t(`sync.outcome.${change.outcome}`), look: 'warn' } as const);
  const fields = change.fields.map(({ field, before, after }) => ({
    label: fieldLabel(t, field),
    before: short(before),
    after: short(after),
  }));
  return { ...rowOf(place, change), outcome, fields: worthShowing(change, fields), moreFields: 0 };
}

function rowOf(
  { site, t }: RowPlace,
  { path, action }: Pick<KeptChange, 'path' | 'action'>,
): Pick<ChangeRow, 'path' | 'href' | 'action'> {
  const href = path.startsWith('/') ? objectHref(site, parsePath(path), 'manage_view') : undefined;
  return { path, href, action: { word: t(`sync.change.${action}`), look: actionLooks[action] } };
}

/** That a new object is there, and a deleted one is not, is said already. */
function worthShowing({ action }: Pick<KeptChange, 'action'>, fields: readonly FieldRow[]): readonly FieldRow[] {
  return action === 'update' ? fields : [];
}

function short(value: string | undefined): string | undefined {
  return value !== undefined && value.length > maxShownLength ? `${value.slice(0, maxShownLength)}…` : value;
}
