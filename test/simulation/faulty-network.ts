import { ConcordError, TransportError } from '../../src/errors/concord-error.ts';
import type { Delivery, OutgoingMessage, Transport } from '../../src/ports/transport.ts';
import { answerPosted } from '../../src/use-cases/exchange/answer-posted.ts';
import type { Mishap } from './carriers.ts';
import { handOver, isCarriedMessage, lay } from './carriers.ts';
import { Killed } from './mortal-store.ts';
import { noteMessage } from './observed-rules.ts';
import type { Fault } from './plan.ts';
import type { SimulatedSite } from './site.ts';
import type { World } from './world.ts';

/** A broken promise of the engine. */
export class Broken extends Error {}

/**
 * Of a session, and of all sessions of a sync: one that is turned back shows a preview first, in sessions of their own, and then compares. To compare a crowd by short messages
 * takes two for each few of its objects: one that names them, and one that brings them.
 */
const [mostOfSession, mostOfSync] = [80, 240];
const timesWithCrowd = 2;
const days = 86_400_000;

/** How lines of the trace begin that are messages. */
export const wireMark = '    > ';

/** The network for one sync: carries its messages to publishers, and does to them what the faults say. */
export class FaultyNetwork implements Transport {
  readonly schemes = ['http', 'https', 'mailto', 'file'];
  messages = 0;
  #handedOver = 0;
  readonly #bySession = new Map<string, number>();
  readonly #world: World;
  readonly #faults: readonly Fault[];
  readonly #meanwhile: () => Promise<void>;

  constructor(
    world: World,
    { faults, meanwhile }: { readonly faults: readonly Fault[]; readonly meanwhile: () => Promise<void> },
  ) {
    this.#world = world;
    this.#faults = faults;
    this.#meanwhile = meanwhile;
  }

  async deliver(message: OutgoingMessage): Promise<Delivery> {
    if (isCarriedMessage(message)) return this.#handOver(message);
    this.messages += 1;
    const at = this.messages;
    this.#countOf(sessionOf(message));
    const faults = this.#faults.filter((fault) => fault.at === at).map((fault) => fault.kind);
    for (const kind of faults) this.#world.occurrences.count(kind);
    await this.#meanwhile();
    const { old, delayed } = this.#world.network;
    if (faults.includes('lost-request')) throw lost();
    if (faults.includes('delayed')) {
      delayed.push(message);
      throw lost();
    }
    if (faults.includes('cut-request')) {
      await answer(this.#world, { ...message, body: half(message.body) });
      throw lost();
    }
    const earlier = faults.includes('late') ? old[(this.messages * 7) % Math.max(1, old.length)] : undefined;
    if (earlier !== undefined) await arriveLate(this.#world, earlier);
    const body = await answer(this.#world, message);
    if (faults.includes('doubled')) {
      const again = await answer(this.#world, message);
      if (Buffer.compare(body, again) !== 0) throw new Broken('the same message got another answer');
    }
    old.push(message);
    if (faults.includes('lost-answer')) throw lost();
    await this.#meanwhile();
    return { outcome: 'answered', body: faults.includes('cut-answer') ? half(body) : body };
  }

  #countOf(session: string): void {
    const count = (this.#bySession.get(session) ?? 0) + 1;
    this.#bySession.set(session, count);
    const times = this.#world.plan.features.crowd ? timesWithCrowd : 1;
    if (count > mostOfSession * times) throw new Broken('the session does not come to an end');
    if (this.messages > mostOfSync * times) throw new Broken('the sync does not come to an end');
  }

  /** Counts what is asked; what is answered is another's. */
  async #handOver(message: OutgoingMessage): Promise<Delivery> {
    if (message.route?.kind === 'request') this.messages += 1;
    this.#handedOver += 1;
    const faults = this.#faults.filter(({ at }) => at === this.#handedOver).map(({ kind }) => kind);
    await this.#meanwhile();
    if (faults.includes('lost-request')) {
      this.#world.occurrences.count('a way that could not be used');
      throw lost();
    }
    this.#world.trace.note(`${wireMark}${message.url} ${new TextDecoder().decode(message.body)}`);
    handOver(this.#world, message, faults.flatMap(mishapOf));
    return { outcome: 'handed-over' };
  }
}

/** By its header; of a sealed message nobody can read that, and all such count as one. */
function sessionOf({ body }: OutgoingMessage): string {
  const beginning = new TextDecoder().decode(body.subarray(0, 300));
  return /<SessionID>([^<]*)</.exec(beginning)?.[1] ?? '';
}

function mishapOf(kind: Fault['kind']): readonly Mishap[] {
  switch (kind) {
    case 'lost-request':
    case 'lost-answer':
      return ['lost'];
    case 'cut-request':
    case 'cut-answer':
      return ['cut'];
    case 'doubled':
    case 'late':
    case 'delayed':
      return [kind];
    default:
      return kind satisfies never;
  }
}

/** A message that was on its way for days arrives, when nobody waits for its answer any more; or one arrives once more. */
async function arriveLate(world: World, message: OutgoingMessage): Promise<void> {
  try {
    await answer(world, message);
  } catch (cause) {
    if (!(cause instanceof TransportError)) throw cause;
  }
}

/** One of those that are on their way for days, if there are any. */
export async function arriveDelayed(world: World): Promise<void> {
  const message = world.network.delayed.shift();
  if (message === undefined) return;
  world.occurrences.count('delayed, then late');
  world.trace.note('a delayed message arrives');
  world.clock.at += 3 * days;
  if (isCarriedMessage(message)) {
    lay(world, message);
    return;
  }
  await arriveLate(world, message);
}

async function answer(world: World, message: OutgoingMessage): Promise<Uint8Array> {
  const site = world.sites.find((one) => one.url === message.url);
  if (site === undefined) throw new Broken(`no site at ${message.url}`);
  const text = new TextDecoder().decode(message.body);
  world.trace.note(`${wireMark}${text}`);
  noteMessage(text, world.occurrences);
  const body = await answerOf(site, message.body);
  const answered = new TextDecoder().decode(body);
  noteMessage(answered, world.occurrences);
  world.trace.note(`${wireMark}${answered}`);
  return body;
}

async function answerOf(site: SimulatedSite, body: Uint8Array): Promise<Uint8Array> {
  try {
    return await answerPosted(site.process, site.services, { body, remoteAddress: '127.0.0.1' });
  } catch (cause) {
    // What is no message is answered by the way, without one.
    if (cause instanceof ConcordError) throw lost();
    if (!(cause instanceof Killed)) throw cause;
    await site.startAgain();
    throw lost();
  }
}

function half(body: Uint8Array): Uint8Array {
  return body.subarray(0, Math.floor(body.length / 2));
}

function lost(): TransportError {
  return new TransportError('CON-T001', 'lost on the way', { retry: 'later' });
}
