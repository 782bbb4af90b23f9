import type { OutgoingMessage } from '../../src/ports/transport.ts';
import { HandClock } from '../support/memory-site.ts';
import { sync, TestSite, Wire } from '../support/synced-sites.ts';

export const at = '/portal_repository';

class BusyWire extends Wire {
  readonly #work: () => Promise<unknown>;

  constructor(sites: readonly TestSite[], work: () => Promise<unknown>) {
    super(...sites);
    this.#work = work;
  }

  override async deliver(message: OutgoingMessage): ReturnType<Wire['deliver']> {
    if (this.requests === 0) await this.#work();
    return super.deliver(message);
  }
}

interface Fields {
  readonly title?: string;
  readonly phone?: string;
  readonly lang?: string;
}

/** A person: the hub's conduit does not hold `lang`. */
export function person({ title = 'Ann', phone = '1', lang }: Fields): string {
  const attribute = lang === undefined ? '' : `lang="${lang}" `;
  return `<object portal_type="Person"><title ${attribute}type="string">${title}</title><phone type="string">${phone}</phone></object>`;
}

/** Sites of which each subscribes to the one before. */
export interface Chain {
  readonly top: TestSite;
  readonly hub: TestSite;
  readonly leaf: TestSite;
  /** Below the leaf. */
  readonly last: TestSite;
  readonly wire: Wire;
  readonly pull: (...sites: readonly TestSite[]) => Promise<void>;
  /** A sync of a site, with something that happens when its first message is on its way. */
  readonly pullWhile: (site: TestSite, work: () => Promise<unknown>) => Promise<void>;
}

/** Lets a site subscribe to another, which publishes for it. */
export async function connect(above: TestSite, below: TestSite, conduit: 'text' | 'object'): Promise<void> {
  await above.addAccount('sync', 'a:b');
  await above.publish('Repository', at);
  await below.subscribe('Repository', above, at, { conduit });
}

/** A hub that loses detail, between a top and a leaf that has a site below itself, all with one object. */
export async function lossyChain(): Promise<Chain> {
  const clock = new HandClock();
  const [top, hub] = [new TestSite('top', clock), new TestSite('hub', clock)];
  const [leaf, last] = [new TestSite('leaf', clock), new TestSite('last', clock)];
  await top.put(`${at}/a`, person({ lang: 'en' }));
  for (const [above, below, conduit] of [
    [top, hub, 'text'],
    [hub, leaf, 'object'],
    [leaf, last, 'object'],
  ] as const) {
    await connect(above, below, conduit);
    await sync(below, 'Repository', new Wire(above));
  }
  const wire = new Wire(top, hub, leaf, last);
  const pull = async (...sites: readonly TestSite[]): Promise<void> => {
    for (const site of sites) await sync(site, 'Repository', wire);
  };
  const pullWhile = async (site: TestSite, work: () => Promise<unknown>): Promise<void> => {
    await sync(site, 'Repository', new BusyWire([top, hub, leaf, last], work));
  };
  return { top, hub, leaf, last, wire, pull, pullWhile };
}

/** The conflicts of the publishers that nobody has settled. */
export async function openConflicts({ top, hub }: Chain): Promise<readonly unknown[]> {
  const all = await Promise.all([top, hub].map(({ context }) => context.store.conflicts({ state: 'open' })));
  return all.flat().filter(({ role }) => role === 'publisher');
}
