import { ConcordError, RequestError, TransportError } from '../../src/errors/concord-error.ts';
import type { SyncReport } from '../../src/use-cases/subscriber/run-sync.ts';
import { runSync } from '../../src/use-cases/subscriber/run-sync.ts';
import type { SyncOptions } from '../../src/use-cases/subscriber/running-sync.ts';
import { bringAll } from './carriers.ts';
import { checkCost, countedAt } from './cost.ts';
import { refreshedFrom } from './deeds.ts';
import type { OpenDisk } from './disk.ts';
import * as disks from './disks.ts';
import { arriveDelayed, Broken, FaultyNetwork } from './faulty-network.ts';
import { faultsAtRest, faultsWhileWithheld } from './invariants.ts';
import { isWaiting } from './ledger.ts';
import { changeConduit } from './losses.ts';
import { Killed } from './mortal-store.ts';
import * as obstacles from './obstacles.ts';
import type { Occurrences } from './occurrences.ts';
import * as operators from './operators.ts';
import { nameOf } from './operators.ts';
import { edit, turnFolder } from './people.ts';
import type { Plan, Step } from './plan.ts';
import { describeStep } from './plan.ts';
import { Random } from './random.ts';
import { isCutSeal } from './seals.ts';
import type { Link, World } from './world.ts';
import { buildWorld } from './world.ts';

/** How a history ended. `faults` is empty when every promise was kept. */
export interface History {
  readonly plan: Plan;
  readonly faults: readonly string[];
  readonly rounds: number;
  readonly syncs: number;
  readonly occurrences: Occurrences;
  /** Two histories are the same when this is. */
  readonly digest: string;
  /** Empty, where it was not asked for. */
  readonly trace: readonly string[];
}

const mostRounds = 12;
const day = 86_400_000;

/** Plays a history to its end and looks at what is left. The same plan gives the same history. */
export async function simulate(plan: Plan, keepsTrace = false, openDisk?: OpenDisk): Promise<History> {
  const world = await buildWorld(plan, keepsTrace, openDisk);
  const simulation = new Simulation(world);
  const faults: string[] = [];
  try {
    await simulation.live();
    faults.push(...(await simulation.end()));
  } catch (cause) {
    faults.push(cause instanceof Broken ? cause.message : describe(cause));
  }
  for (const fault of faults) world.trace.note(fault);
  const { rounds, syncs } = simulation;
  const { occurrences, trace } = world;
  return { plan, faults, rounds, syncs, occurrences, digest: trace.digest(), trace: trace.lines };
}

function describe(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const code = cause instanceof ConcordError ? `${cause.code} ` : '';
  const deeper = cause.cause === undefined ? '' : `\n because of ${describe(cause.cause)}`;
  return `${code}${cause.stack ?? cause.message}${deeper}`;
}

type SyncStep = Extract<Step, { readonly does: 'sync' }>;

/** One history while it happens. */
class Simulation {
  rounds = 0;
  syncs = 0;
  readonly #world: World;
  readonly #running = new Set<Link>();

  constructor(world: World) {
    this.#world = world;
  }

  async live(): Promise<void> {
    for (const step of this.#world.plan.steps) await this.#do(step);
  }

  /** Nothing goes wrong any more, and the sites are synchronised until nothing moves; what is withheld flows at last. */
  async end(): Promise<readonly string[]> {
    const { features } = this.#world.plan;
    while (this.#world.network.delayed.length > 0) await arriveDelayed(this.#world);
    await bringAll(this.#world, this.#goodNetwork());
    const { settings, rights, narrow, strays } = features;
    if (settings || rights || narrow || strays) {
      await this.#comeToRest();
      const faults = await faultsWhileWithheld(this.#world);
      if (faults.length > 0) return faults;
      if (settings || rights) await operators.liftSettings(this.#world);
      if (narrow || strays) await this.#compareAgain(await obstacles.takeAway(this.#world));
    }
    await this.#comeToRest();
    await disks.giveUpCopies(this.#world);
    const faults = await faultsAtRest(this.#world);
    if (faults.length === 0 || !faults.every(isWaiting)) return faults;
    await operators.publishEverything(this.#world);
    await this.#comeToRest();
    return faultsAtRest(this.#world);
  }

  async #do(step: Step): Promise<void> {
    const world = this.#world;
    const random = new Random(step.dice);
    switch (step.does) {
      case 'edit':
        return edit(world, random.pick([...world.sites, ...world.copies.map(({ subscriber }) => subscriber)]), random);
      case 'sync':
        return this.#sync(random.pick([...world.links, ...world.copies]), step, random);
      case 'settle':
        return operators.settle(world, random);
      case 'settings':
        return operators.changeSettings(world, random);
      case 'query':
        return operators.changeQuery(world, random);
      case 'folder':
        return turnFolder(world, random);
      case 'rights':
        return operators.changeRights(world, random);
      case 'back-up':
        return disks.backUp(world, random);
      case 'restore':
        return disks.restore(world, random);
      case 'copy':
        return disks.copy(world, random);
      case 'clock': {
        operators.setClock(world, random);
        return;
      }
      case 'collect':
        return operators.collect(world, random);
      case 'refresh':
        return this.#refresh(random);
      case 'expel':
        return operators.expel(world, random);
      case 'conduit':
        return changeConduit(world, random);
      case 'swell':
        return obstacles.swell(world, random);
      case 'stray':
        return obstacles.stray(world, random);
      case 'arrive':
        return arriveDelayed(world);
      default:
        return step satisfies never;
    }
  }

  #goodNetwork(): FaultyNetwork {
    return new FaultyNetwork(this.#world, { faults: [], meanwhile: async () => undefined });
  }

  async #comeToRest(): Promise<void> {
    this.#note('--- to rest');
    for (let rounds = 1; ; rounds += 1) {
      this.rounds = Math.max(this.rounds, rounds);
      if (rounds > mostRounds) throw new Broken(`not quiet after ${String(mostRounds)} rounds`);
      this.#note(`--- round ${String(rounds)}`);
      // Whoever is not known is told so by mail once a day.
      if (this.#world.plan.features.mail || this.#world.plan.features.folder) this.#world.clock.at += day;
      const heads = await this.#heads();
      const goesOn = await this.#isBrokenOff();
      let work = 0;
      for (const link of [...this.#world.links].reverse()) work += await this.#syncPlainly(link);
      if (!goesOn && work === this.#world.links.length && (await this.#heads()) === heads) return;
    }
  }

  /** Whether a session waits to be gone on with: it has read the logs a while ago. */
  async #isBrokenOff(): Promise<boolean> {
    for (const { subscriber } of this.#world.links) {
      const subscription = await subscriber.store.subscription(subscriber.collection.publication);
      if (subscription?.state.session !== undefined) return true;
    }
    return false;
  }

  async #heads(): Promise<string> {
    const heads = await Promise.all(this.#world.sites.map(async ({ store }) => store.head()));
    return heads.map((head) => head.seq).join();
  }

  #note(line: string): void {
    this.#world.trace.note(line);
  }

  /** Counts the messages, and what was sent in them. */
  async #syncPlainly(link: Link): Promise<number> {
    this.#note(`sync ${nameOf(link)}`);
    const network = this.#goodNetwork();
    try {
      const before = countedAt(this.#world, link);
      const report = await this.#run(link, network, { allowDeletions: 1_000 });
      await checkCost(this.#world, link, { before, report });
      const { sent } = report;
      this.#note(`  ${String(network.messages)} messages`);
      return network.messages + sent.created + sent.updated + sent.deleted;
    } catch (cause) {
      if (!isOfTwo(cause)) throw cause;
      await disks.giveUp(this.#world, link.subscriber);
      return network.messages + 1;
    }
  }

  /** What was refused, or stood elsewhere, comes when it changes, or when both sides are compared. */
  async #compareAgain(links: readonly Link[]): Promise<void> {
    for (const link of links) {
      this.#note(`sync ${nameOf(link)} slow`);
      await this.#run(link, this.#goodNetwork(), { slow: true, allowDeletions: 1_000 });
    }
  }

  async #refresh(random: Random): Promise<void> {
    const link = random.pick(this.#world.links);
    const refreshFrom = random.pick(['publisher', 'subscriber'] as const);
    const [from, to] =
      refreshFrom === 'publisher' ? [link.publisher, link.subscriber] : [link.subscriber, link.publisher];
    this.#world.ledger.allowToGo(await operators.onlyAt(to, from));
    this.#note(`sync ${nameOf(link)} refresh from ${refreshFrom}`);
    this.#world.occurrences.count(refreshedFrom(refreshFrom));
    const meanwhile = (): Promise<void> => operators.letGo(this.#world, link);
    const network = new FaultyNetwork(this.#world, { faults: [], meanwhile });
    await this.#run(link, network, { refreshFrom, restart: true });
  }

  async #sync(link: Link, step: SyncStep, random: Random): Promise<void> {
    if (this.#running.has(link)) return;
    const { faults, kill, restart } = step;
    this.#note(`${nameOf(link)} ${describeStep(step)}`);
    if (restart) this.#world.occurrences.count('given up and begun anew');
    if (kill !== undefined) link[kill.side].killSwitch.arm(kill.commit, kill.when);
    this.#running.add(link);
    try {
      const allowDeletions = random.chance(0.3) ? 1_000 : 0;
      const isLeft = link.publisher.way !== 'http' && random.chance(0.2);
      if (isLeft) this.#world.occurrences.count('a message lies there when the next comes');
      await this.#run(link, this.#network(step, link, random), { restart, allowDeletions }, isLeft ? 'left' : random);
      this.#note(`  done`);
    } catch (cause) {
      await this.#brokenOff(link, cause, faults.length > 0 || kill !== undefined);
    } finally {
      this.#running.delete(link);
      await this.#revive(kill);
    }
  }

  async #brokenOff(link: Link, cause: unknown, isHurt: boolean): Promise<void> {
    if (isOfTwo(cause)) {
      await disks.giveUp(this.#world, link.subscriber);
      return;
    }
    const isExpected = (cause instanceof Killed || cause instanceof TransportError || isCutSeal(cause)) && isHurt;
    if (!isExpected && !isOutdatedPlan(cause)) throw cause;
    this.#note('  broken off');
  }

  async #revive(kill: SyncStep['kill']): Promise<void> {
    const sites = [...this.#world.sites, ...this.#world.copies.map(({ subscriber }) => subscriber)];
    for (const site of sites) {
      if (!site.killSwitch.restart()) continue;
      await site.startAgain();
    }
    if (kill !== undefined) this.#world.occurrences.count(`killed ${kill.side} ${kill.when} a commit`);
  }

  /** `carried`: what is handed over is brought in any order, or left where it lies; without it, in order. */
  async #run(
    link: Link,
    transport: FaultyNetwork,
    options: Partial<SyncOptions>,
    carried?: Random | 'left',
  ): Promise<SyncReport> {
    this.syncs += 1;
    this.#world.clock.at += 1000;
    const { process, services, collection } = link.subscriber;
    const control = { services, transport };
    const request = { id: collection.publication, options: { holder: 'simulation', ...options } };
    const report = await this.#carried(await runSync(process, request, control), transport, carried);
    const { state } = (await link.subscriber.store.subscription(collection.publication)) ?? {};
    if (state?.waiting?.for !== 'comparison') return report;
    // Somebody has seen what it would change, and lets it.
    this.#note('  compares, with permission');
    this.#world.occurrences.count('§9 compared with permission');
    const permitted = { ...request, options: { ...request.options, plan: state.waiting.plan } };
    return this.#carried(await runSync(link.subscriber.process, permitted, control), transport, carried);
  }

  /** What came of it in the end, where messages are carried. */
  async #carried(report: SyncReport, transport: FaultyNetwork, carried?: Random | 'left'): Promise<SyncReport> {
    if (report.outcome !== 'handed-over' || carried === 'left') return report;
    return (await bringAll(this.#world, transport, carried)).at(-1) ?? report;
  }

  #network(step: SyncStep, link: Link, random: Random): FaultyNetwork {
    const meanwhile = async (): Promise<void> => {
      if (!step.isBusy || !random.chance(0.15)) return;
      const isDying = this.#world.sites.some((site) => site.killSwitch.isArmed);
      const others = this.#world.links.filter((other) => !this.#running.has(other));
      this.#note(`  meanwhile, in ${nameOf(link)}:`);
      if (others.length > 0 && this.#running.size < 2 && !isDying && random.chance(0.3)) {
        const other = random.pick(others);
        await this.#sync(other, { ...step, faults: [], kill: undefined }, random);
      } else {
        await edit(this.#world, random.pick(this.#world.sites), random);
      }
    };
    return new FaultyNetwork(this.#world, { faults: step.faults, meanwhile });
  }
}

/** Something happened between the plan of a comparison and its permission. */
function isOutdatedPlan(cause: unknown): boolean {
  return cause instanceof RequestError && cause.code === 'CON-E004';
}

/** Two installations were seen to use one identity. */
function isOfTwo(cause: unknown): boolean {
  return cause instanceof RequestError && cause.code === 'CON-E002';
}
