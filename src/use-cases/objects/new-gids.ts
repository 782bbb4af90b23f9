import { RequestError } from '../../errors/concord-error.ts';
import { folderDocument } from '../../objects/document-type.ts';
import type { GidGenerator } from '../../objects/gid-generator.ts';
import { gidGeneratorNamed } from '../../objects/gid-generator.ts';
import type { Gid } from '../../objects/gid.ts';
import { parseGid, topGid } from '../../objects/gid.ts';
import type { Path } from '../../objects/path.ts';
import { formatPath } from '../../objects/path.ts';
import type { Publication } from '../../synchronization/publication.ts';
import type { SiteContext } from '../site-context.ts';
import type { TreeWrites } from './tree-writes.ts';

/** An object that is about to be created. */
export interface ObjectToCreate {
  readonly parent: Gid;
  readonly id: string;
  readonly document: string;
}

/** Who makes the gids below a parent: the publication, its generator, and the path from the publication's down to the parent. */
interface Rule {
  readonly publication: string;
  readonly generate: GidGenerator;
  readonly path: Path;
}

/**
 * Gives objects that are created here their gid (engine.md §1): that of the innermost publication above them, by its generator, else a UUID. Remembers what it
 * found for each parent, hence a class; serves one batch.
 */
export class NewGids {
  readonly #context: Pick<SiteContext, 'store' | 'identifiers'>;
  readonly #tree: TreeWrites;
  readonly #rules = new Map<Gid, Rule | undefined>();
  #publications: readonly Publication[] | undefined;

  constructor(context: Pick<SiteContext, 'store' | 'identifiers'>, tree: TreeWrites) {
    this.#context = context;
    this.#tree = tree;
  }

  /**
   * The gid of a new object.
   * @throws RequestError CON-R006 when another object has it, naming both; CON-R008 when the object has not what it is made of, or that cannot be a gid
   */
  async gidFor(object: ObjectToCreate): Promise<Gid> {
    const rule = await this.#ruleBelow(object.parent);
    if (rule === undefined) return this.#context.identifiers.gid();
    const { id, document } = object;
    const made = rule.generate({ path: [...rule.path, id], document });
    if (made !== undefined) return this.checked(made, object);
    // What is made on the way to an object has no properties.
    if (document === folderDocument) return this.#context.identifiers.gid();
    const text = `“${id}” has not the property from which the publication ${rule.publication} makes its gid: give it one, or another --gid to the publication`;
    throw new RequestError('CON-R008', text);
  }

  /** A gid that was given to a new object or made for it. Whoever has it already keeps it; of what is deleted it is free again. Throws as `gidFor`. */
  async checked(text: string, { parent, id }: ObjectToCreate): Promise<Gid> {
    const gid = parseGid(text);
    if (gid === undefined)
      throw new RequestError(
        'CON-R008',
        `“${text.slice(0, 200)}” cannot be the gid of “${id}”: it has 1 to 200 characters, and no control characters`,
      );
    const holder = await this.#tree.current(gid);
    if (holder?.state !== 'present') return gid;
    const [wanting, having] = [[...(await this.#pathOf(parent)), id], await this.#pathOf(gid)];
    const message = `${formatPath(wanting)} cannot have the gid ${gid}: it is that of ${formatPath(having)} already`;
    throw new RequestError('CON-R006', message, { gid });
  }

  async #ruleBelow(parent: Gid): Promise<Rule | undefined> {
    this.#publications ??= (await this.#context.store.publications()).filter(
      ({ gidGenerator }) => gidGenerator !== '' && gidGenerator !== 'uuid',
    );
    if (this.#publications.length === 0) return undefined;
    if (!this.#rules.has(parent)) this.#rules.set(parent, await this.#findRule(parent, this.#publications));
    return this.#rules.get(parent);
  }

  async #findRule(parent: Gid, publications: readonly Publication[]): Promise<Rule | undefined> {
    const path: string[] = [];
    for await (const { gid, id } of this.#upFrom(parent)) {
      const publication = publications.find(({ root }) => root === gid);
      const generate = publication && gidGeneratorNamed(publication.gidGenerator);
      if (publication !== undefined && generate !== undefined) return { publication: publication.id, generate, path };
      path.unshift(id);
    }
    return undefined;
  }

  async #pathOf(gid: Gid): Promise<Path> {
    const path: string[] = [];
    for await (const each of this.#upFrom(gid)) if (each.gid !== topGid) path.unshift(each.id);
    return path;
  }

  /** The node and those above it as of this batch, the site itself at last. */
  async *#upFrom(gid: Gid): AsyncGenerator<{ readonly gid: Gid; readonly id: string }> {
    const seen = new Set<Gid>();
    let at = gid;
    while (at !== topGid && !seen.has(at)) {
      seen.add(at);
      const version = (await this.#tree.current(at))?.version;
      if (version === undefined) return;
      yield { gid: at, id: version.id };
      at = version.parent;
    }
    yield { gid: topGid, id: '' };
  }
}
