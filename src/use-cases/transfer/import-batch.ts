import type { ConcordError } from '../../errors/concord-error.ts';
import { typeOfDocument } from '../../objects/document-type.ts';
import type { Gid } from '../../objects/gid.ts';
import type { Path } from '../../objects/path.ts';
import { checkedId, formatPath } from '../../objects/path.ts';
import { rowOver } from '../../objects/row-document.ts';
import { newVersion } from '../../objects/version.ts';
import { digestOfText } from '../../xml/digest.ts';
import { ensureFolders } from '../objects/ensure-folders.ts';
import type { EditingContext, LocalEdits } from '../objects/local-edits.ts';
import { editTree } from '../objects/local-edits.ts';
import type { Actor } from '../site-context.ts';
import type { ReadObject } from './source-object.ts';
import { documentFault } from './source-object.ts';

/** A folder of the source. */
export interface ReadFolder {
  readonly kind: 'folder';
  readonly where: string;
  readonly place: Path;
  readonly id: string;
}

/** What became of the things of one batch. */
export interface BatchOutcome {
  readonly created: number;
  readonly changed: number;
  readonly unchanged: number;
  readonly failed: readonly { readonly where: string; readonly cause: ConcordError }[];
}

type Outcome = 'created' | 'changed' | 'unchanged';

/** Writes what was read below `root` in one commit. What cannot be written is reported and does not stop the rest. */
export async function writeBatch(
  context: EditingContext,
  actor: Pick<Actor, 'name'>,
  { root, things }: { readonly root: Path; readonly things: readonly (ReadObject | ReadFolder)[] },
): Promise<BatchOutcome> {
  return editTree(context, actor, async (edits) => {
    const writer = new BatchWriter(edits, root);
    const counts = { created: 0, changed: 0, unchanged: 0 };
    const failed: { where: string; cause: ConcordError }[] = [];
    for (const thing of things) {
      try {
        counts[await writer.write(thing)]++;
      } catch (cause) {
        failed.push({ where: thing.where, cause: documentFault(cause) });
      }
    }
    return { ...counts, failed };
  });
}

/** Writes the things of one batch; remembers the folders that it has found or made. */
class BatchWriter {
  readonly #edits: LocalEdits;
  readonly #root: Path;
  readonly #folders = new Map<string, Gid>();

  constructor(edits: LocalEdits, root: Path) {
    this.#edits = edits;
    this.#root = root;
  }

  async write(thing: ReadObject | ReadFolder): Promise<Outcome> {
    checkedId(thing.id);
    const parent = await this.#folder(thing.place);
    if (thing.kind === 'object') return this.#writeObject(thing, parent);
    const found = await this.#edits.named(parent, thing.id);
    if (found !== undefined) return 'unchanged';
    await this.#folder([...thing.place, thing.id]);
    return 'created';
  }

  async #writeObject({ id, gid: given, document: read, columns }: ReadObject, parent: Gid): Promise<Outcome> {
    const before = await this.#edits.named(parent, id);
    if (before !== undefined && before.documentDigest === digestOfText(read)) return 'unchanged';
    const isOver = columns !== undefined && before?.type === 'object';
    const document = isOver ? rowOver(read, columns, before.document) : read;
    if (isOver && before.documentDigest === digestOfText(document)) return 'unchanged';
    const type = typeOfDocument(document);
    const { gids } = this.#edits;
    const made = { parent, id, document };
    const gid = before?.gid ?? (await (given === undefined ? gids.gidFor(made) : gids.checked(given, made)));
    await this.#edits.write('present', newVersion({ gid, parent, id, type, document }));
    return before === undefined ? 'created' : 'changed';
  }

  async #folder(place: Path): Promise<Gid> {
    const path = [...this.#root, ...place];
    const key = formatPath(path);
    const known = this.#folders.get(key);
    if (known !== undefined) return known;
    const gid = await ensureFolders(this.#edits, path);
    this.#folders.set(key, gid);
    return gid;
  }
}
