import { z } from 'zod';
import type { ListedConflict } from '../../ports/peer-reader.ts';
import { hasRole } from '../../use-cases/administration/access.ts';
import { objectHref, siteHref } from './addresses.ts';
import type { DocumentView } from './document-fields.ts';
import { keyOfPlace, viewDocument } from './document-fields.ts';
import { fieldLabel } from './field-label.ts';
import { loadObject, nameOf, objectPage } from './object-frame.ts';
import type { PageCall, PageResult, SitePage } from './page.ts';
import { definePage } from './page.ts';
import { prettyXml } from './pretty-xml.ts';

/** A conflict as the page of its object shows it: what stands, and what the other side has. */
export interface FieldConflict {
  readonly id: string;
  readonly label: string;
  readonly base: string | undefined;
  readonly publisher: ConflictSide;
  readonly subscriber: ConflictSide;
  readonly href: string;
}

/** One side of a conflict. */
export interface ConflictSide {
  readonly value: string | undefined;
  readonly by: string;
  readonly at: number;
}

/** What the page of an object shows. */
export interface ViewView {
  readonly document: DocumentView;
  readonly xml: string;
  /** By the key of the field. */
  readonly conflicts: Readonly<Record<string, readonly FieldConflict[]>>;
  /** Of no field that is shown. */
  readonly otherConflicts: readonly FieldConflict[];
  readonly facts:
    | {
        readonly gid: string;
        readonly type: string;
        readonly at: number;
        readonly by: string;
        readonly isReceived: boolean;
      }
    | undefined;
  readonly hasChildren: boolean;
  readonly contentsHref: string;
  readonly editHref: string;
  readonly deleteHref: string;
  readonly renameHref: string;
}

/** An object: its fields, with the conflicts beside them. */
export const viewPages: readonly SitePage[] = [
  definePage({
    template: '/{path}/manage_view',
    roles: ['Publisher', 'Member'],
    query: z.object({}),
    show: showObject,
  }),
];

async function showObject(call: PageCall<unknown>): Promise<PageResult> {
  const { context, path } = call;
  const { version, isCovered, conflicts } = await loadObject(call);
  const { site, store } = context;
  const revision = (await store.current([version.gid])).get(version.gid);
  const main = revision?.edits.main;
  const document = viewDocument(version.document);
  const open = conflicts === 0 ? [] : await store.conflicts({ state: 'open', gid: version.gid, limit: 100 });
  const view: ViewView = {
    document,
    xml: prettyXml(version.document, version.type),
    ...placed(call, version.document, open),
    facts: main && {
      gid: version.gid,
      type: version.type,
      at: main.at,
      by: main.by,
      isReceived: revision.origin !== undefined,
    },
    // Not how many: counting them would cost what they are.
    hasChildren: (await store.children(version.gid, { limit: 1 })).length > 0,
    contentsHref: objectHref(site, path, 'manage_contents'),
    editHref: objectHref(site, path, 'manage_edit'),
    deleteHref: objectHref(site, path, 'manage_delete'),
    renameHref: objectHref(site, path, 'manage_rename'),
  };
  const title = document.title ?? nameOf(call);
  return objectPage(call, { template: 'view', tab: 'manage_view', title, view, isCovered, conflicts });
}

function placed(
  call: PageCall<unknown>,
  document: string,
  open: readonly ListedConflict[],
): Pick<ViewView, 'conflicts' | 'otherConflicts'> {
  const conflicts: Record<string, FieldConflict[]> = {};
  const otherConflicts: FieldConflict[] = [];
  for (const conflict of open) {
    const key = keyOfPlace(document, conflict.field);
    if (key === undefined || key === '') otherConflicts.push(conflictView(call, conflict));
    else (conflicts[key] ??= []).push(conflictView(call, conflict));
  }
  return { conflicts, otherConflicts };
}

/** A conflict for people. */
export function conflictView(
  { context, actor, t }: Pick<PageCall<unknown>, 'context' | 'actor' | 't'>,
  { id, field, base, publisher, subscriber }: ListedConflict,
): FieldConflict {
  const side = ({ value, edit }: ListedConflict['publisher']): ConflictSide => ({ value, by: edit.by, at: edit.at });
  const page = hasRole(actor, 'Publisher', 'Member') ? ['portal_synchronizations', 'conflicts', id] : [];
  return {
    id,
    label: fieldLabel(t, field),
    base,
    publisher: side(publisher),
    subscriber: side(subscriber),
    href: siteHref(context.site, page),
  };
}
