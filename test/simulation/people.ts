import { cardOf, documentFields, fieldsOf } from './card.ts';
import { isQuiet } from './cost.ts';
import type { Fields } from './ledger.ts';
import { inTrees } from './deeds.ts';
import { fieldsBehind, loosely } from './losses.ts';
import { tooLarge } from './obstacles.ts';
import { queryWithout } from './machine.ts';
import type { Random } from './random.ts';
import type { SimulatedSite } from './site.ts';
import { givenUp } from './names.ts';
import type { Placed, World } from './world.ts';
import { ids, markOf, objectsAt, plainlyNamed } from './world.ts';
import { RequestError } from '../../src/errors/concord-error.ts';
import type { Revision } from '../../src/objects/revision.ts';
import type { Version } from '../../src/objects/version.ts';
import { parsePath } from '../../src/objects/path.ts';
import type { Gid } from '../../src/objects/gid.ts';
import { deleteObject, moveObject } from '../../src/use-cases/objects/write-object.ts';

/** Somebody does something at a site, and the ledger knows. */
export async function edit(world: World, site: SimulatedSite, random: Random): Promise<void> {
  const work = await personAt(world, site, random);
  world.trace.note(await didAt(work, { dice: random.next(), features: world.plan.features }));
}

/** Somebody lets a folder of the root come into what it publishes, or leave it, with what is below; makes something below an object first, where nothing is. */
export async function turnFolder(world: World, random: Random): Promise<void> {
  const site = world.links[0]?.publisher;
  if (site === undefined) return;
  const publication = (await site.store.publications()).find(({ id }) => id === site.collection.publication);
  const leftOut = /"([^"]*)"/.exec(publication?.query ?? '')?.[1];
  if (leftOut === undefined) await site.publish({ query: queryWithout('s0.') });
  world.trace.note(await (await personAt(world, site, random)).turn(leftOut ?? 's0.'));
}

/** Somebody writes more than every site takes. */
export async function swellAt(world: World, site: SimulatedSite, random: Random): Promise<void> {
  world.trace.note(await (await personAt(world, site, random)).swell());
}

async function personAt(world: World, site: SimulatedSite, random: Random): Promise<Person> {
  world.clock.at += 1000;
  // What this site has may have come from one where it had another gid.
  if (world.plan.features.firstMeeting) world.ledger.rename(await givenUp(world));
  const all = await objectsAt(site);
  const objects = plainlyNamed(all).filter(({ path }) => !isQuiet(path));
  return new Person(world, site, { objects, all, random });
}

async function didAt(
  work: Person,
  { dice, features }: { readonly dice: number; readonly features: World['plan']['features'] },
): Promise<string> {
  const { deletes, moves, most, brake } = features;
  const { count } = work;
  if (count === 0 || (dice < 0.15 && count < most)) return work.create(moves);
  if (dice < (brake ? 0.35 : 0.25) && deletes) return work.remove();
  if (dice < 0.35 && moves) return work.move();
  if (dice < 0.42 && moves) return work.rename();
  return work.edit();
}

/** One act at one site. */
class Person {
  readonly #world: World;
  readonly #site: SimulatedSite;
  /** What somebody may choose, of all that there is. */
  readonly #objects: readonly Placed[];
  readonly #all: readonly Placed[];
  readonly #random: Random;

  constructor(
    world: World,
    site: SimulatedSite,
    {
      objects,
      all,
      random,
    }: { readonly objects: readonly Placed[]; readonly all: readonly Placed[]; readonly random: Random },
  ) {
    this.#world = world;
    this.#site = site;
    this.#objects = objects;
    this.#all = all;
    this.#random = random;
  }

  /** How many objects there are to choose from. */
  get count(): number {
    return this.#objects.length;
  }

  async create(hasFolders: boolean): Promise<string> {
    const isBelow = hasFolders && this.#objects.length > 0 && this.#random.chance(0.5);
    return this.#createAt(isBelow ? this.#pick().path : this.#site.collection.path);
  }

  /** Gives a folder the title that the query leaves out, or another one. */
  async turn(leftOut: string): Promise<string> {
    const isFolder = ({ path }: Placed): boolean => this.#objects.some((other) => other.path.startsWith(`${path}/`));
    const folders = this.#objects.filter(isFolder);
    if (this.#objects.length === 0) return this.#createAt(this.#site.collection.path);
    if (folders.length === 0) return this.#createAt(this.#pick().path);
    const folder = this.#random.pick(folders);
    const isOut = this.#fields(folder.version)['title'] === leftOut;
    this.#world.occurrences.count(inTrees.turned);
    return this.#write(folder, 'title', isOut ? this.#value() : leftOut);
  }

  async #createAt(at: string): Promise<string> {
    const id = this.#random.pick(ids);
    if (await this.#isTaken(`${at}/${id}`)) return this.edit();
    const fields = { title: this.#value(), phone: this.#value(), note: this.#value(), lang: this.#value() };
    const created = await this.#made(`${at}/${id}`, cardOf(fields));
    if (created === undefined) return `${this.#site.label}: may not create ${at}/${id}: no gid can be made for it`;
    const { version, before } = created;
    const mark = await markOf(this.#site, version.gid);
    if (at !== this.#site.collection.path) this.#world.occurrences.count(inTrees.below);
    if (before.length > 0) this.#world.ledger.restored(version.gid, mark, this.#fields(version), before);
    else this.#world.ledger.changed(version.gid, mark, { before: undefined, after: this.#fields(version) });
    return `${this.#site.label}: creates ${version.gid} at ${at}/${id} ${Object.values(fields).join(' ')} (${mark.id})`;
  }

  /** A new object, or one with the gid of a deleted one, with what that had been; undefined where another has the gid that is made for it. */
  async #made(
    path: string,
    document: string,
  ): Promise<{ readonly version: Version; readonly before: readonly Revision[] } | undefined> {
    try {
      const version = await this.#site.put(path, document);
      return { version, before: (await this.#site.store.history(version.gid)).slice(1) };
    } catch (cause) {
      if (!(cause instanceof RequestError)) throw cause;
      // A value may be too long for a gid.
      if (cause.code === 'CON-R008') return undefined;
      if (cause.code !== 'CON-R006') throw cause;
      this.#world.occurrences.count('§1 a second object with a generated gid was refused');
      return undefined;
    }
  }

  async edit(): Promise<string> {
    if (this.#objects.length === 0) return this.#begin();
    const object = this.#pick();
    const field = this.#random.pick(documentFields);
    const before = this.#fields(object.version);
    const goes = field === 'extra' && before['extra'] !== undefined && this.#random.chance(0.3);
    const { losses, publishersLose } = this.#world.plan.features;
    const isLoose = (losses || publishersLose) && field === 'phone' && this.#random.chance(0.4);
    const value = isLoose ? loosely(this.#value()) : this.#value();
    return this.#write(object, field, goes ? undefined : value);
  }

  /** Where nothing can be chosen, somebody makes something; in the midst of a sync two objects may have each name that there is, and none is left for a third. */
  async #begin(): Promise<string> {
    const { path } = this.#site.collection;
    const taken = await Promise.all(ids.map((id) => this.#isTaken(`${path}/${id}`)));
    return taken.includes(false) ? this.#createAt(path) : `${this.#site.label}: finds no name that is free`;
  }

  /** Makes an object large, or small again. */
  async swell(): Promise<string> {
    if (this.#objects.length === 0) return this.#begin();
    const isSmaller = this.#random.chance(0.3);
    const field = this.#random.pick(['phone', 'extra'] as const);
    return this.#write(this.#pick(), field, isSmaller ? this.#value() : tooLarge(this.#value()));
  }

  async #write({ path, version }: Placed, field: string, value: string | undefined): Promise<string> {
    const before = this.#fields(version);
    const wanted = { ...before, [field]: value };
    const hidden = await this.#hidden(version);
    const written = await this.#site.put(path, cardOf(wanted));
    const mark = await markOf(this.#site, version.gid);
    this.#world.ledger.changed(version.gid, mark, { before, after: this.#fields(written), hidden });
    return `${this.#site.label}: ${version.gid} ${path} ${field} := ${wanted[field] ?? 'nothing'} (${mark.id})`;
  }

  async remove(): Promise<string> {
    const { path } = this.#pick();
    const gone = this.#all.filter((object) => object.path === path || object.path.startsWith(`${path}/`));
    await deleteObject(this.#site.context, { name: this.#site.name }, { path: parsePath(path), recursive: true });
    if (gone.length > 1) this.#world.occurrences.count(inTrees.deletedWhole);
    for (const { version } of gone) {
      const mark = await markOf(this.#site, version.gid);
      this.#world.ledger.deleted(version.gid, mark, this.#fields(version), ...(await this.#hidden(version)));
    }
    return `${this.#site.label}: deletes ${path} ${gone.map(({ version }) => version.gid).join(' ')}`;
  }

  async move(): Promise<string> {
    const { path, version } = this.#pick();
    const targets = this.#objects.filter((other) => other.path !== path && !other.path.startsWith(`${path}/`));
    const below =
      this.#random.chance(0.3) || targets.length === 0 ? this.#site.collection.path : this.#random.pick(targets).path;
    return this.#moveTo(version.gid, path, `${below}/${version.id}`);
  }

  async rename(): Promise<string> {
    const { path, version } = this.#pick();
    const folder = path.slice(0, path.lastIndexOf('/'));
    return this.#moveTo(version.gid, path, `${folder}/${this.#random.pick(['x', 'y', 'w'])}`);
  }

  async #moveTo(gid: Gid, path: string, to: string): Promise<string> {
    const object = this.#objects.find((one) => one.path === path);
    if (object === undefined || (await this.#isTaken(to))) return this.edit();
    const actor = { name: this.#site.name };
    await moveObject(this.#site.context, actor, { path: parsePath(path), to: parsePath(to) });
    const moved = (await this.#site.store.current([gid])).get(gid);
    if (moved === undefined) throw new Error('what was moved is gone');
    const mark = await markOf(this.#site, gid);
    const fields = { before: this.#fields(object.version), after: this.#fields(moved.version) };
    const isRenamed = fields.before['parent'] === fields.after['parent'];
    this.#world.occurrences.count(isRenamed ? inTrees.renamed : inTrees.moved);
    this.#world.ledger.changed(gid, mark, fields);
    return `${this.#site.label}: moves ${gid} from ${path} to ${to} (${mark.id})`;
  }

  async #isTaken(path: string): Promise<boolean> {
    return (await objectsAt(this.#site)).some((object) => object.path === path);
  }

  #pick(): Placed {
    return this.#random.pick(this.#objects);
  }

  async #hidden(version: Placed['version']): Promise<readonly Fields[]> {
    return fieldsBehind(this.#world, this.#site, version);
  }

  #fields(version: Placed['version']): Fields {
    return fieldsOf(version, this.#site.root);
  }

  /** A value that is nobody else's; now and then one that others have too. */
  #value(): string {
    if (this.#random.chance(0.15)) return `s${String(this.#random.below(3))}.`;
    const value = `v${String(this.#world.ledger.nextValue())}.`;
    // Where messages are small, a few values are larger than a message.
    const isLong = this.#world.plan.features.maxMessageOctets < 10_000 && this.#random.chance(0.03);
    return isLong ? value + 'x'.repeat(10_000) : value;
  }
}
