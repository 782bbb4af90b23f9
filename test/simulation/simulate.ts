import { ConcordError, TransportError } from '../../src/errors/concord-error.ts';
import type { OutgoingMessage } from '../../src/ports/transport.ts';
import type { SyncReport } from '../../src/use-cases/subscriber/run-sync.ts';
import { runSync } from '../../src/use-cases/subscriber/run-sync.ts';
import type { Fault } from './faulty-network.ts';
import { Broken, FaultyNetwork } from './faulty-network.ts';
import { faultsAtRest } from './invariants.ts';
import { Ledger } from './ledger.ts';
import { Killed } from './mortal-store.ts';
import type { Habits } from './people.ts';
import { act } from './people.ts';
import type { Random } from './random.ts';
import type { Link, Shape, World } from './world.ts';
import { buildWorld, publication } from './world.ts';

/** What may happen in a history beside edits and syncs. */
export interface Features {
  readonly shape: Shape;
  readonly habits: Habits;
  readonly faults: boolean;
  readonly kills: boolean;
  /** People go on working while a sync runs, and other subscribers sync. */
  readonly meanwhile: boolean;
  readonly steps: number;
}

/** How a history ended. `faults` is empty when every promise was kept. */
export interface History {
  readonly seed: number;
  readonly features: Features;
  readonly faults: readonly string[];
  readonly rounds: number;
  readonly syncs: number;
  readonly trace: readonly string[];
}

const mostRounds = 12;

/** How lines of the trace begin that are messages. */
export const wireMark = '    > ';

/** Runs one random history to its end and looks at what is left. The same seed and features give the same history. */
export async function simulate(seed: number, features: Features): Promise<History> {
  const world = await buildWorld(seed, features.shape);
  const history = new Simulation(world, features);
  const faults: string[] = [];
  try {
    await history.live();
    await history.comeToRest();
    faults.push(...(await faultsAtRest(world, history.ledger)));
  } catch (cause) {
    faults.push(cause instanceof Broken ? cause.message : describe(cause));
  }
  for (const { site } of world.nodes) await site.context.store[Symbol.asyncDispose]();
  const { rounds, syncs } = history;
  return { seed, features, faults, rounds, syncs, trace: world.trace };
}

function describe(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const code = cause instanceof ConcordError ? `${cause.code} ` : '';
  const deeper = cause.cause === undefined ? '' : `\n because of ${describe(cause.cause)}`;
  return `${code}${cause.stack ?? cause.message}${deeper}`;
}

/** One history while it happens. */
class Simulation {
  readonly ledger = new Ledger();
  rounds = 0;
  syncs = 0;
  readonly #world: World;
  readonly #features: Features;
  readonly #random: Random;
  readonly #running = new Set<Link>();
  readonly #old: OutgoingMessage[] = [];

  constructor(world: World, features: Features) {
    this.#world = world;
    this.#features = features;
    this.#random = world.random;
  }

  async live(): Promise<void> {
    for (let step = 0; step < this.#features.steps; step += 1) {
      if (this.#random.chance(0.6)) await this.#act();
      else await this.#sync(this.#random.pick(this.#world.links));
    }
  }

  async comeToRest(): Promise<void> {
    this.#note('--- to rest');
    for (;;) {
      this.rounds += 1;
      if (this.rounds > mostRounds) throw new Broken(`not quiet after ${String(mostRounds)} rounds`);
      this.#note(`--- round ${String(this.rounds)}`);
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
      const subscription = await subscriber.site.context.store.subscription(publication);
      if (subscription?.state.session !== undefined) return true;
    }
    return false;
  }

  async #heads(): Promise<string> {
    const heads = await Promise.all(this.#world.nodes.map(async ({ site }) => site.context.store.head()));
    return heads.map((head) => head.seq).join();
  }

  #note(line: string): void {
    this.#world.trace.push(line);
  }

  async #act(): Promise<void> {
    const node = this.#random.pick(this.#world.nodes);
    const { habits } = this.#features;
    this.#note(await act(node, { random: this.#random, ledger: this.ledger, habits }));
  }

  /** Counts the messages, and what was sent in them. */
  async #syncPlainly(link: Link): Promise<number> {
    this.#note(`sync ${nameOf(link)}`);
    const network = this.#network([], link, false);
    const { sent } = await this.#run(link, network, {});
    this.#note(`  ${String(network.messages)} messages`);
    return network.messages + sent.created + sent.updated + sent.deleted;
  }

  async #sync(link: Link): Promise<void> {
    if (this.#running.has(link)) return;
    const faults = this.#features.faults && this.#random.chance(0.6) ? this.#someFaults() : [];
    const isKilling = this.#features.kills && this.#random.chance(0.4);
    const restart = this.#features.faults && this.#random.chance(0.15);
    if (isKilling) this.#armSomebody(link);
    const how = `${faults.map((fault) => ` ${fault.kind}@${String(fault.at)}`).join('')}${restart ? ' restart' : ''}`;
    this.#note(`sync ${nameOf(link)}${how}`);
    this.#running.add(link);
    const hurts = faults.length > 0 || isKilling;
    try {
      await this.#run(link, this.#network(faults, link, true), { restart });
      this.#note(`  done`);
    } catch (cause) {
      const isExpected = cause instanceof Killed || cause instanceof TransportError;
      if (!isExpected || !hurts) throw cause;
      this.#note(`  broken off: ${cause.message}`);
    } finally {
      this.#running.delete(link);
      for (const node of this.#world.nodes) node.killSwitch.restart();
    }
  }

  async #run(link: Link, transport: FaultyNetwork, options: { readonly restart?: boolean }): Promise<SyncReport> {
    this.syncs += 1;
    this.#world.clock.at += 1000;
    const { context, site } = link.subscriber;
    const request = { id: publication, options: { holder: 'simulation', ...options } };
    return runSync(context, request, { services: site.services, transport });
  }

  #network(faults: readonly Fault[], link: Link, isBusy: boolean): FaultyNetwork {
    const meanwhile = async (): Promise<void> => {
      if (!isBusy || !this.#features.meanwhile || !this.#random.chance(0.15)) return;
      const isDying = this.#world.nodes.some((node) => node.killSwitch.isArmed);
      const others = this.#world.links.filter((other) => !this.#running.has(other));
      if (others.length > 0 && this.#running.size < 2 && !isDying && this.#random.chance(0.3)) {
        this.#note(`  meanwhile, in ${nameOf(link)}:`);
        await this.#sync(this.#random.pick(others));
      } else {
        this.#note(`  meanwhile, in ${nameOf(link)}:`);
        await this.#act();
      }
    };
    const hear = (text: string): void => this.#note(`${wireMark}${text}`);
    return new FaultyNetwork(this.#world.nodes, { faults, meanwhile, old: this.#old, hear });
  }

  #someFaults(): readonly Fault[] {
    const kinds = ['lost-request', 'lost-answer', 'lost-answer', 'doubled', 'late'] as const;
    const many = this.#random.chance(0.3) ? 2 : 1;
    return Array.from({ length: many }, () => ({ kind: this.#random.pick(kinds), at: 1 + this.#random.below(4) }));
  }

  #armSomebody(link: Link): void {
    const node = this.#random.chance(0.5) ? link.publisher : link.subscriber;
    const commit = 1 + this.#random.below(8);
    const when = this.#random.chance(0.5) ? 'before' : 'after';
    this.#note(`  ${node.name} will be killed ${when} commit ${String(commit)}`);
    node.killSwitch.arm(commit, when);
  }
}

function nameOf({ publisher, subscriber }: Link): string {
  return `${subscriber.name} < ${publisher.name}`;
}
