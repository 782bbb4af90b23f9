import { z } from 'zod';
import { RequestError } from '../../errors/concord-error.ts';
import type { Path } from '../../objects/path.ts';
import type { ImportReport } from '../../use-cases/transfer/import-objects.ts';
import { importObjects } from '../../use-cases/transfer/import-objects.ts';
import { objectHref } from './addresses.ts';
import type { FormState, Outcome } from './fields.ts';
import { attempt, faultyForm, newForm, optionalText, readFields } from './fields.ts';
import { loadFolder, nameOf, objectPage } from './object-frame.ts';
import type { FormCall, PageCall, PageResult, SitePage } from './page.ts';
import { definePage } from './page.ts';

/** What the page to bring files in shows, and what came of it. */
export interface ImportView {
  readonly form: FormState;
  readonly report: ImportReport | undefined;
  readonly maxMegabytes: number;
  readonly action: string;
  readonly contentsHref: string;
}

const importFields = z.object({ key: optionalText(200) });
const shownFailures = 50;

/** Bringing records in from files that the browser sends. */
export const importPages: readonly SitePage[] = [
  definePage({
    template: '/{path}/manage_import',
    roles: ['Publisher', 'Member'],
    query: z.object({}),
    show: (call) => importPage(call, newForm(), undefined),
    submit: bringIn,
  }),
];

async function bringIn(call: FormCall<unknown>): Promise<PageResult> {
  const done = await importSent(call, call.path);
  return done.isDone ? importPage(call, newForm(), done.result) : importPage(call, done.state, undefined);
}

/** Imports the files that a form brought (`files`, and `folder` for a whole one) to a path. */
export async function importSent(call: FormCall<unknown>, path: Path): Promise<Outcome<ImportReport>> {
  const { context, actor, services, form, t } = call;
  const read = readFields(t, form, importFields);
  if (!read.isDone) return read;
  if (form.files.length === 0) return { isDone: false, state: faultyForm(form.values, { files: t('import.noFiles') }) };
  const fields = { 'CON-R014': 'files', 'CON-R008': 'key' } as const;
  return attempt(call, fields, async () => {
    const source = services.guide.openUpload(form.files);
    const report = await importObjects(context, actor, { path, source, keyField: read.result.key });
    const { created, changed, unchanged, failed, ignored } = report;
    if (created + changed + unchanged + failed.length === 0)
      throw new RequestError('CON-R014', `None of the ${ignored.length} files is XML, JSON or CSV`);
    return { ...report, failed: failed.slice(0, shownFailures) };
  });
}

async function importPage(
  call: PageCall<unknown>,
  form: FormState,
  report: ImportReport | undefined,
): Promise<PageResult> {
  const { context, path, settings, t } = call;
  const { object } = await loadFolder(call);
  const view: ImportView = {
    form,
    report,
    maxMegabytes: Math.floor(settings.maxBodyOctets / 1_000_000),
    action: objectHref(context.site, path, 'manage_import'),
    contentsHref: objectHref(context.site, path, 'manage_contents'),
  };
  const { isCovered = false, conflicts = 0 } = object ?? {};
  const title = t('import.title', { name: nameOf(call) });
  const shown = { template: 'import', tab: 'manage_contents', step: t('import.step'), status: form.status };
  return objectPage(call, { ...shown, title, view, isCovered, conflicts });
}
