import { nameOfMessage, labelOf, readMessageName } from '../../src/adapters/drop-folder/message-name.ts';
import { ConcordError, ProtocolError } from '../../src/errors/concord-error.ts';
import type { BoxAddress, BoxedMessage, MessageBox } from '../../src/ports/message-box.ts';
import type { OutgoingMessage, Transport } from '../../src/ports/transport.ts';
import { collectMessages } from '../../src/use-cases/exchange/collect-messages.ts';
import { receiveMessage } from '../../src/use-cases/exchange/receive-message.ts';
import type { SyncReport } from '../../src/use-cases/subscriber/run-sync.ts';
import { mailAddress } from '../../src/synchronization/mail-files.ts';
import { Killed } from './mortal-store.ts';
import { noteMessage } from './observed-rules.ts';
import type { Random } from './random.ts';
import type { SimulatedSite } from './site.ts';
import type { World } from './world.ts';

const minute = 60_000;
const maxOctets = 100_000_000;
/** More are never brought at a time: sites that answer each other without end are found. */
const mostBrought = 300;

/** What a carrier is told to do to a message. */
export type Mishap = 'lost' | 'doubled' | 'late' | 'delayed' | 'cut';

/** Drop folders in memory, with the rules of the real one: of each subscription the newest message of a direction takes the place of those before. */
export class Boxes implements MessageBox {
  readonly #files = new Map<string, Map<string, { readonly octets: Uint8Array; readonly changedAt: number }>>();

  put({ url, body, route }: OutgoingMessage, at: number): void {
    if (route === undefined) return;
    const files = this.#box({ url, kind: route.kind });
    const [publication, subscription] = [labelOf(route.publication), labelOf(route.subscription)];
    for (const name of [...files.keys()]) {
      const earlier = readMessageName(name);
      if (earlier?.publication === publication && earlier.subscription === subscription) files.delete(name);
    }
    files.set(nameOfMessage(route, at), { octets: body, changedAt: at });
  }

  labelOf(name: string): string {
    return labelOf(name);
  }

  async list(box: BoxAddress): Promise<readonly BoxedMessage[]> {
    const named = [...this.#box(box)].flatMap(([name, { changedAt }]) => {
      const known = readMessageName(name);
      return known === undefined ? [] : [{ ...known, name, changedAt }];
    });
    return named.sort((one, other) => (one.name < other.name ? -1 : 1));
  }

  async read(box: BoxAddress, name: string): Promise<Uint8Array> {
    const file = this.#box(box).get(name);
    if (file === undefined) throw new ProtocolError('CON-S001', `${name} is gone`);
    return file.octets;
  }

  async news(): Promise<void> {
    // Whoever waits lists again.
  }

  async remove(box: BoxAddress, name: string): Promise<void> {
    this.#box(box).delete(name);
  }

  async setAside(box: BoxAddress, name: string): Promise<void> {
    this.#box(box).delete(name);
  }

  #box({ url, kind }: BoxAddress): Map<string, { readonly octets: Uint8Array; readonly changedAt: number }> {
    const key = `${kind} ${url}`;
    const known = this.#files.get(key);
    if (known !== undefined) return known;
    const files = new Map<string, { readonly octets: Uint8Array; readonly changedAt: number }>();
    this.#files.set(key, files);
    return files;
  }
}

/** What lies with mail servers and in folders. */
export interface Carried {
  /** Mails that nobody has fetched. */
  readonly bag: OutgoingMessage[];
  readonly boxes: Boxes;
}

/** Takes a message over from the site that sends it, and does to it what is to happen. */
export function handOver(world: World, message: OutgoingMessage, mishaps: readonly Mishap[]): void {
  const { old, delayed } = world.network;
  const way = isMail(message) ? 'mail' : 'folder';
  for (const mishap of mishaps) world.occurrences.count(`${way}: ${mishap}`);
  noteMessage(new TextDecoder().decode(message.body), world.occurrences);
  if (mishaps.includes('lost')) return;
  if (mishaps.includes('delayed')) {
    delayed.push(message);
    return;
  }
  const isCut = mishaps.includes('cut');
  lay(world, isCut ? { ...message, body: message.body.subarray(0, Math.floor(message.body.length / 2)) } : message);
  if (mishaps.includes('doubled')) lay(world, message);
  const late = old[(old.length * 7) % Math.max(1, old.length - 1)];
  if (mishaps.includes('late') && late !== undefined) lay(world, late);
  old.push(message);
}

/** Lets a message lie where it is fetched from. */
export function lay(world: World, message: OutgoingMessage): void {
  if (isMail(message)) world.carried.bag.push(message);
  else world.carried.boxes.put(message, world.clock.at);
}

/** Whether it goes a way that has no answers of its own. */
export function isCarriedMessage({ url }: OutgoingMessage): boolean {
  return url.startsWith('mailto:') || url.startsWith('file:');
}

/** As a mail says it. */
function senderOf({ route }: OutgoingMessage): string | undefined {
  return mailAddress(route?.from ?? '');
}

function isMail({ url }: OutgoingMessage): boolean {
  return url.startsWith('mailto:');
}

/** Brings all that lies there, and what follows from it: in order, or in any. Returns what came of the syncs that went on. */
export async function bringAll(world: World, transport: Transport, random?: Random): Promise<readonly SyncReport[]> {
  const reports: SyncReport[] = [];
  const carrier = new Bringing(world, transport, (report) => reports.push(report));
  while ((await carrier.bringMail(random)) || (await carrier.emptyBoxes()));
  return reports;
}

/** Brings messages until none is left. */
class Bringing {
  readonly #world: World;
  readonly #transport: Transport;
  readonly #onReport: (report: SyncReport) => void;
  #brought = 0;

  constructor(world: World, transport: Transport, onReport: (report: SyncReport) => void) {
    this.#world = world;
    this.#transport = transport;
    this.#onReport = onReport;
  }

  /** Whether there was one. */
  async bringMail(random: Random | undefined): Promise<boolean> {
    const { bag } = this.#world.carried;
    const at = random === undefined ? 0 : random.below(bag.length);
    if (at > 0) this.#world.occurrences.count('mail: reordered');
    const [mail] = bag.splice(at, 1);
    if (mail === undefined) return false;
    const site = this.#world.sites.find(({ url, subscriptionUrl }) => mail.url === url || mail.url === subscriptionUrl);
    if (site === undefined) throw new Error(`nobody has the address ${mail.url}`);
    await this.#at(site, async () => {
      const received = await receiveMessage(
        site.process,
        { body: mail.body, sender: senderOf(mail) },
        this.#reception(site),
      );
      if (received.outcome === 'went-on' && received.report !== undefined) this.#onReport(received.report);
      return 1;
    });
    return true;
  }

  /** Whether there was something in one. */
  async emptyBoxes(): Promise<boolean> {
    let count = 0;
    const { boxes: box } = this.#world.carried;
    for (const site of this.#world.sites.filter(({ collection }) => collection === this.#world.sites[0]?.collection))
      count += await this.#at(site, async () => {
        const collected = await collectMessages(site.process, { ...this.#reception(site), box, maxOctets });
        if (collected.report !== undefined) this.#onReport(collected.report);
        return collected.count;
      });
    return count > 0;
  }

  #reception(site: SimulatedSite) {
    return { services: site.services, transport: this.#transport, holder: 'simulation' };
  }

  /** What is brought when the process dies lies there still when it is back; what is no message is dropped. */
  async #at(site: SimulatedSite, bring: () => Promise<number>): Promise<number> {
    if (this.#brought > mostBrought) throw new Error('messages are answered without end');
    // Whoever fetches does so when a cut file has lain there for a while.
    this.#world.clock.at += 2 * minute;
    // A box in which nothing lies counts for nothing, however many sites look into theirs.
    const counted = async (): Promise<number> => {
      const count = await bring();
      this.#brought += count;
      return count;
    };
    try {
      return await counted();
    } catch (cause) {
      if (cause instanceof Killed) {
        await site.startAgain();
        return counted();
      }
      if (!(cause instanceof ConcordError)) throw cause;
      this.#world.trace.note(`  ${site.label}: what was brought is not taken: ${cause.code}`);
      return 0;
    }
  }
}
