import { describe, expect, it } from 'vitest';
import { at, id, Offices } from '../support/mail-offices.ts';
import type { Mail } from '../support/mail-relay.ts';
import { card } from '../support/synced-sites.ts';

function numbersFrom(seed: number): (below: number) => number {
  let state = seed * 2_654_435_761 + 1;
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x3d4d51cb) >>> 0;
    return (state >>> 8) % below;
  };
}

describe('a relay that loses, doubles, delays and swaps mails', () => {
  // As many as are wanted: docs/guide/simulation.md.
  const runs = Number(process.env['CONCORD_MAIL_RUNS'] ?? 25);
  const seeds = Array.from({ length: runs }, (_, seed) => seed + 1);

  async function relayBadly({ relay }: Offices, next: (below: number) => number, late: Mail[]): Promise<void> {
    for (let steps = 0; steps < 14 && relay.bag.length > 0; steps += 1) {
      const [mail] = relay.bag.splice(next(relay.bag.length), 1);
      if (mail === undefined) return;
      const fate = next(8);
      if (fate === 0) continue;
      if (fate === 1) late.push(mail);
      else await relay.bring(mail);
      if (fate === 2) await relay.bring(mail);
      if (fate === 3) late.push(mail);
      const [found] = next(3) === 0 ? late.splice(next(Math.max(1, late.length)), 1) : [];
      if (found !== undefined) await relay.bring(found);
    }
  }

  it.each(seeds)('loses nothing of the data (seed %i)', async (seed) => {
    const offices = await new Offices({
      maxMailOctets: seed % 2 === 0 ? 5_000 : 1_000_000,
      maxMessageOctets: seed % 3 === 0 ? 12_000 : 1_000_000,
    }).open();
    const next = numbersFrom(seed);
    const late: Mail[] = [];
    for (let round = 0; round < 7; round += 1) {
      for (let edits = next(4); edits > 0; edits -= 1) {
        const site = next(2) === 0 ? offices.publisher : offices.subscriber;
        const path = `${at}/${next(8)}`;
        if (next(6) === 0 && (await site.get(path)) !== undefined) await site.remove(path);
        else await site.put(path, card(`${site.context.site} ${next(100)}`, `${next(1_000_000)}`.repeat(next(300))));
      }
      await offices.handOver();
      await relayBadly(offices, next, late);
    }
    await offices.relay.bringAll();
    for (let round = 0; round < 6; round += 1) await offices.sync();
    await offices.expectEqual();
    expect((await offices.subscriber.context.store.subscription(id))?.state.session).toBeUndefined();
  });
});
