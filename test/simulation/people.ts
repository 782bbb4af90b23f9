import { topGid } from '../../src/objects/gid.ts';
import type { Gid } from '../../src/objects/gid.ts';
import { cardOf, documentFields, fieldsOf } from './card.ts';
import type { Fields, Ledger } from './ledger.ts';
import type { Random } from './random.ts';
import type { Node, Placed } from './world.ts';
import { objectsAt, plainlyNamed, repository } from './world.ts';

/** What the people of a history do. */
export interface Habits {
  readonly deletes: boolean;
  readonly moves: boolean;
  readonly most: number;
}

/** Somebody does something at a site, and the ledger knows. Returns what, for the trace. */
export async function act(
  node: Node,
  { random, ledger, habits }: { readonly random: Random; readonly ledger: Ledger; readonly habits: Habits },
): Promise<string> {
  const objects = plainlyNamed(await objectsAt(node));
  const work = new Person(node, objects, random, ledger);
  const dice = random.next();
  if (objects.length === 0 || (dice < 0.15 && objects.length < habits.most)) return work.create(habits.moves);
  if (dice < 0.25 && habits.deletes) return work.remove();
  if (dice < 0.35 && habits.moves) return work.move();
  if (dice < 0.42 && habits.moves) return work.rename();
  return work.edit();
}

/** One act at one site. */
class Person {
  readonly #node: Node;
  readonly #objects: readonly Placed[];
  readonly #random: Random;
  readonly #ledger: Ledger;

  constructor(node: Node, objects: readonly Placed[], random: Random, ledger: Ledger) {
    this.#node = node;
    this.#objects = objects;
    this.#random = random;
    this.#ledger = ledger;
  }

  async create(hasFolders: boolean): Promise<string> {
    const at = hasFolders && this.#objects.length > 0 && this.#random.chance(0.5) ? this.#pick().path : repository;
    const id = this.#random.pick(['x', 'y', 'z']);
    if (await this.#isTaken(`${at}/${id}`)) return this.edit();
    const fields = { title: this.#value(), phone: this.#value(), note: this.#value(), lang: this.#value() };
    const version = await this.#node.site.put(`${at}/${id}`, cardOf(fields), this.#node.name);
    this.#ledger.changed(version.gid, await this.#mark(version.gid), undefined, this.#fields(version));
    return `${this.#node.name}: creates ${version.gid} at ${at}/${id}`;
  }

  async edit(): Promise<string> {
    if (this.#objects.length === 0) return this.create(false);
    const { path, version } = this.#pick();
    const field = this.#random.pick(documentFields);
    const before = this.#fields(version);
    const goes = field === 'extra' && before['extra'] !== undefined && this.#random.chance(0.3);
    const after = { ...before, [field]: goes ? undefined : this.#value() };
    const written = await this.#node.site.put(path, cardOf(after), this.#node.name);
    const mark = await this.#mark(version.gid);
    this.#ledger.changed(version.gid, mark, before, this.#fields(written));
    return `${this.#node.name}: ${version.gid} ${path} ${field} := ${after[field] ?? 'nothing'} (${mark.id})`;
  }

  async remove(): Promise<string> {
    const { path } = this.#pick();
    const gone = this.#objects.filter((object) => object.path === path || object.path.startsWith(`${path}/`));
    await this.#node.site.remove(path, this.#node.name);
    for (const { version } of gone)
      this.#ledger.deleted(version.gid, await this.#mark(version.gid), this.#fields(version));
    return `${this.#node.name}: deletes ${path} ${gone.map(({ version }) => version.gid).join(' ')}`;
  }

  async move(): Promise<string> {
    const { path, version } = this.#pick();
    const targets = this.#objects.filter((other) => other.path !== path && !other.path.startsWith(`${path}/`));
    const below = this.#random.chance(0.3) || targets.length === 0 ? repository : this.#random.pick(targets).path;
    return this.#moveTo(version.gid, path, `${below}/${version.id}`);
  }

  async rename(): Promise<string> {
    const { path, version } = this.#pick();
    return this.#moveTo(
      version.gid,
      path,
      `${path.slice(0, path.lastIndexOf('/'))}/${this.#random.pick(['x', 'y', 'w'])}`,
    );
  }

  async #moveTo(gid: Gid, path: string, to: string): Promise<string> {
    const object = this.#objects.find((one) => one.path === path);
    if (object === undefined || (await this.#isTaken(to))) return this.edit();
    await this.#node.site.move(path, to, this.#node.name);
    const moved = (await this.#node.site.context.store.current([gid])).get(gid);
    if (moved === undefined) throw new Error('what was moved is gone');
    this.#ledger.changed(gid, await this.#mark(gid), this.#fields(object.version), this.#fields(moved.version));
    return `${this.#node.name}: moves ${gid} from ${path} to ${to}`;
  }

  async #isTaken(path: string): Promise<boolean> {
    return (await objectsAt(this.#node)).some((object) => object.path === path);
  }

  #pick(): Placed {
    return this.#random.pick(this.#objects);
  }

  #fields(version: Placed['version']): Fields {
    return fieldsOf(version, this.#node.root);
  }

  /** A value that is nobody else's; now and then one that others have too. */
  #value(): string {
    return this.#random.chance(0.15) ? `s${String(this.#random.below(3))}.` : `v${String(this.#ledger.nextValue())}.`;
  }

  async #mark(gid: Gid): Promise<{ readonly site: string; readonly id: string }> {
    const revision = (await this.#node.site.context.store.current([gid])).get(gid);
    return { site: this.#node.name, id: revision?.edits.main.id ?? topGid };
  }
}
