import { describe, expect, it } from 'vitest';
import { TransportError } from '../../src/errors/concord-error.ts';
import { answerMessage } from '../../src/use-cases/publisher/answer-message.ts';
import type { OutgoingMessage, Transport } from '../../src/ports/transport.ts';
import { runSync } from '../../src/use-cases/subscriber/run-sync.ts';
import type { SiteContext } from '../../src/use-cases/site-context.ts';
import { Killed, KillSwitch, mortal } from '../simulation/mortal-store.ts';
import { SeededIdentifiers } from '../simulation/random.ts';
import { HandClock } from '../support/memory-site.ts';
import { card, TestSite } from '../support/synced-sites.ts';

const at = '/portal_repository';

/** A site whose process can be killed at a commit. */
interface Mortal {
  readonly site: TestSite;
  readonly context: SiteContext;
  readonly killSwitch: KillSwitch;
}

interface World {
  readonly publisher: Mortal;
  readonly subscriber: Mortal;
}

function mortalSite(id: string, clock: HandClock, identifiers: SeededIdentifiers): Mortal {
  const site = new TestSite(id, clock, { identifiers, maxMessageOctets: 12_000 });
  const killSwitch = new KillSwitch();
  return { site, killSwitch, context: { ...site.context, store: mortal(site.context.store, killSwitch) } };
}

/** Both sides have created, edited, moved and deleted, different things and the same. */
async function troubledPair(): Promise<World> {
  const clock = new HandClock();
  const identifiers = new SeededIdentifiers(7);
  const publisher = mortalSite('cps', clock, identifiers);
  const subscriber = mortalSite('cps_client', clock, identifiers);
  const [above, below] = [publisher.site, subscriber.site];
  await above.addAccount('sync', 'a:b');
  for (const id of ['merged', 'clashing', 'gone', 'edited', 'moved', 'folder'])
    await above.put(`${at}/${id}`, card(id, '1'));
  await above.publish('Repository', at);
  await below.subscribe('Repository', above, at);
  await plainly({ publisher, subscriber });
  await above.put(`${at}/merged`, card('of the publisher', '1'));
  await below.put(`${at}/merged`, card('merged', 'of the subscriber'));
  await above.put(`${at}/clashing`, card('clashing', 'of the publisher'));
  await below.put(`${at}/clashing`, card('clashing', 'of the subscriber'));
  await above.remove(`${at}/gone`);
  await below.remove(`${at}/edited`);
  await above.put(`${at}/edited`, card('edited', '2'));
  await below.move(`${at}/moved`, `${at}/folder/moved`);
  await above.put(`${at}/x`, card('x of the publisher', '1'));
  await below.put(`${at}/x`, card('x of the subscriber', '1'));
  await above.put(`${at}/large`, card('P'.repeat(20_000), '1'));
  await below.put(`${at}/vast`, card('S'.repeat(20_000), '1'));
  return { publisher, subscriber };
}

class Line implements Transport {
  readonly schemes = ['http'];
  messages = 0;
  readonly #publisher: Mortal;
  readonly #fault: (where: 'request' | 'answer', message: number) => void;

  constructor(publisher: Mortal, fault: (where: 'request' | 'answer', message: number) => void = () => undefined) {
    this.#publisher = publisher;
    this.#fault = fault;
  }

  async deliver({ body }: OutgoingMessage): Promise<{ readonly outcome: 'answered'; readonly body: Uint8Array }> {
    this.messages += 1;
    const { context, site, killSwitch } = this.#publisher;
    this.#fault('request', this.messages);
    try {
      const answer = await answerMessage(context, site.services, { body, remoteAddress: '127.0.0.1' });
      this.#fault('answer', this.messages);
      return { outcome: 'answered', body: answer };
    } catch (cause) {
      if (!(cause instanceof Killed)) throw cause;
      killSwitch.restart();
      throw new TransportError('CON-T001', 'the publisher went away', { retry: 'later' });
    }
  }
}

async function plainly({ publisher, subscriber }: World, line = new Line(publisher), restart = false): Promise<void> {
  const { services } = subscriber.site;
  const request = { id: 'Repository', options: { holder: 'test', restart } };
  await runSync(subscriber.context, request, { services, transport: line });
}

/** What must be the same however often the sync was broken off. */
async function outcome({ publisher, subscriber }: World): Promise<unknown> {
  const tree = await publisher.site.tree(at);
  expect(await subscriber.site.tree(at)).toEqual(tree);
  const above = publisher.site.context.store;
  const below = subscriber.site.context.store;
  const [row] = await above.subscribers('Repository');
  const subscription = await below.subscription('Repository');
  expect(await above.countExceptions(row?.peer ?? 0)).toBe(0);
  expect(await below.countExceptions(subscription?.peer ?? 0)).toBe(0);
  const conflicts = await above.conflicts();
  expect((await below.conflicts()).map((conflict) => conflict.id).sort()).toEqual(conflicts.map(({ id }) => id).sort());
  const notes = conflicts.map(({ gid, field, publisher: ours, subscriber: theirs }) => [
    gid,
    field,
    ours.value,
    theirs.value,
  ]);
  const log = await Promise.all(
    Object.values(tree).map((text) => above.history(text.slice(0, text.indexOf(' ')) as never)),
  );
  return { tree, notes: notes.map((note) => note.join(' ')).sort(), revisions: log.map((history) => history.length) };
}

async function settled(world: World, restart = false): Promise<unknown> {
  for (let round = 0; round < 3; round += 1) await plainly(world, undefined, restart && round === 0);
  return outcome(world);
}

type Sabotage = (world: World, step: number) => Line;

/** Breaks a sync off at its first, second … step, until it goes through without coming so far. Returns how many steps it had. */
async function breakAtEachStep(
  sabotage: Sabotage,
  isOver: (world: World, line: Line, step: number) => boolean,
): Promise<number> {
  const expected = await settled(await troubledPair());
  for (let step = 1; ; step += 1) {
    // The next sync goes on where this one stood, or gives it up and begins anew.
    const restart = step % 2 === 0;
    const world = await troubledPair();
    const line = sabotage(world, step);
    await plainly(world, line).catch((cause: unknown) => {
      if (!(cause instanceof Killed || cause instanceof TransportError)) throw cause;
    });
    if (isOver(world, line, step)) return step - 1;
    for (const { killSwitch } of [world.publisher, world.subscriber]) killSwitch.restart();
    expect(await settled(world, restart), `broken off at step ${String(step)}`).toEqual(expected);
  }
}

describe('a sync that is broken off', () => {
  for (const side of ['publisher', 'subscriber'] as const) {
    for (const when of ['before', 'after'] as const) {
      it(`recovers wherever the ${side} is killed ${when} a commit`, async () => {
        const steps = await breakAtEachStep(
          (world, step) => {
            world[side].killSwitch.arm(step, when);
            return new Line(world.publisher);
          },
          (world) => world[side].killSwitch.isArmed,
        );
        expect(steps).toBeGreaterThan(8);
      });
    }
  }

  for (const what of ['request', 'answer'] as const) {
    it(`recovers whichever ${what} is lost`, async () => {
      const steps = await breakAtEachStep(
        (world, step) =>
          new Line(world.publisher, (where, message) => {
            if (where === what && message === step) throw new TransportError('CON-T001', 'lost', { retry: 'later' });
          }),
        (_world, line, step) => line.messages < step,
      );
      expect(steps).toBeGreaterThan(3);
    });
  }
});
