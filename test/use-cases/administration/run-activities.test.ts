import { beforeEach, describe, expect, it } from 'vitest';
import type { NewActivity } from '../../../src/activities/activity.ts';
import { RequestError, TransportError } from '../../../src/errors/concord-error.ts';
import type { ActivityHandlers } from '../../../src/use-cases/administration/activity-handlers.ts';
import type { RunOptions } from '../../../src/use-cases/administration/run-activities.ts';
import { invoke, runNext, runSome, tic } from '../../../src/use-cases/administration/run-activities.ts';
import type { SiteContext } from '../../../src/use-cases/site-context.ts';
import { HandClock } from '../../support/memory-site.ts';
import { TestSite } from '../../support/synced-sites.ts';

const clock = new HandClock();
let context: SiteContext;
let done: string[];
beforeEach(() => {
  context = new TestSite('cps', clock).context;
  done = [];
});

function synchronize(subscription: string, more: Partial<NewActivity> = {}): NewActivity {
  return { work: { name: 'synchronize', subscription, options: {} }, ...more };
}

type Synchronize = ActivityHandlers['synchronize'];

function optionsWith(handler: Synchronize, more: Partial<RunOptions> = {}): RunOptions {
  const nothing = async (): Promise<void> => undefined;
  return {
    node: 'node',
    handlers: { synchronize: handler, import: nothing, 'collect-garbage': nothing, 'deliver-answer': nothing },
    retry: { firstMs: 1000, longestMs: 60_000 },
    leaseMs: 60_000,
    random: () => 1,
    signal: new AbortController().signal,
    ...more,
  };
}

/** The site in a process that renews nothing while it works, like one that was held up. */
function heldUp(): SiteContext {
  const untilEnd = (_: number, ended?: AbortSignal): Promise<void> =>
    new Promise((resolve) =>
      ended?.addEventListener('abort', () => {
        resolve();
      }),
    );
  return { ...context, clock: { now: () => clock.now(), sleep: untilEnd } };
}

const note: Synchronize = async (_, { subscription }) => {
  done.push(subscription);
};

describe('tic', () => {
  it('runs all that is runnable, the more urgent first, and takes it out of the queue', async () => {
    await context.queue.add(synchronize('later', { priority: 5 }));
    await context.queue.add(synchronize('sooner', { priority: 0 }));
    expect(await tic(context, optionsWith(note))).toEqual({ done: 2, retried: 0, failed: 0, lost: 0 });
    expect(done).toEqual(['sooner', 'later']);
    expect(await context.queue.list()).toEqual([]);
  });

  it.each([
    ['600', 600_000],
    ['0', 1_000],
    ['9999999', 1_000],
    ['200000', 86_400_000],
    ['Sat, 21 Nov 2026 08:00:00 GMT', 1_000],
    [undefined, 1_000],
  ])('waits as long as the other side asks for, up to a day: Retry-After %s', async (retryAfter, waitMs) => {
    const id = await context.queue.add(synchronize('a'));
    const failing: Synchronize = async () => {
      throw new TransportError('CON-T005', 'busy', { retry: 'later', retryAfter });
    };
    await tic(context, optionsWith(failing));
    expect((await context.queue.get(id))?.notBefore).toBe(clock.now() + waitMs);
  });

  it('tries again later what failed for the moment, with a wait that grows', async () => {
    const id = await context.queue.add(synchronize('a'));
    const failing: Synchronize = async () => {
      throw new TransportError('CON-T001', 'unreachable', { retry: 'later' });
    };
    const waits: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      expect(await tic(context, optionsWith(failing))).toMatchObject({ retried: 1 });
      const activity = await context.queue.get(id);
      expect(activity).toMatchObject({ state: 'waiting', failure: { code: 'CON-T001', message: 'unreachable' } });
      waits.push((activity?.notBefore ?? 0) - clock.now());
      clock.at = activity?.notBefore ?? 0;
      await context.queue.distribute(clock.now());
    }
    expect(waits).toEqual([1000, 2000, 4000]);
    await tic(context, optionsWith(note));
    expect(done).toEqual(['a']);
  });

  it('keeps what failed for good, visible in queue and log', async () => {
    const id = await context.queue.add(synchronize('a'));
    const failing: Synchronize = async () => {
      throw new RequestError('CON-R004', 'no such subscription');
    };
    expect(await tic(context, optionsWith(failing))).toMatchObject({ failed: 1 });
    expect(await context.queue.get(id)).toMatchObject({ state: 'failed', failure: { code: 'CON-R004' } });
    expect(await context.store.log()).toMatchObject([{ level: 'error', details: { activity: id, code: 'CON-R004' } }]);
  });

  it('gives up when the retries are used up', async () => {
    const id = await context.queue.add(synchronize('a', { maxRetries: 0 }));
    const failing: Synchronize = async () => {
      throw new TransportError('CON-T001', 'unreachable', { retry: 'later' });
    };
    expect(await tic(context, optionsWith(failing))).toMatchObject({ failed: 1 });
    expect(await context.queue.get(id)).toMatchObject({ state: 'failed' });
  });

  it('takes an error that is none of ours for a fault of ours, which is not repeated', async () => {
    const id = await context.queue.add(synchronize('a'));
    const failing: Synchronize = async () => {
      throw new TypeError('undefined is not a function');
    };
    await tic(context, optionsWith(failing));
    expect(await context.queue.get(id)).toMatchObject({ state: 'failed', failure: { code: 'CON-I001' } });
  });
});

describe('the counts of a site', () => {
  it('have each end of an activity once, with what it came to', async () => {
    for (const name of ['a', 'b', 'c']) await context.queue.add(synchronize(name, { maxRetries: 1 }));
    const failing: Synchronize = async (_, { subscription }) => {
      if (subscription === 'b') throw new TransportError('CON-T001', 'unreachable', { retry: 'later' });
    };
    await tic(context, optionsWith(failing));
    clock.at += 1000;
    await context.queue.distribute(clock.now());
    await tic(context, optionsWith(failing));
    const counts = await context.store.notes.activityCounts(0);
    const totals = { done: 0, retried: 0, failed: 0 };
    for (const { outcome, count } of counts) totals[outcome] += count;
    expect(totals).toEqual({ done: 2, retried: 1, failed: 1 });
  });
});

describe('runSome', () => {
  it('runs so many and no more, and leaves the rest to be claimed', async () => {
    for (const name of ['a', 'b', 'c']) await context.queue.add(synchronize(name));
    expect(await runSome(context, optionsWith(note), 2)).toMatchObject({ done: 2 });
    expect(await context.queue.count()).toMatchObject({ runnable: 1, running: 0 });
  });

  it('begins nothing more once it is asked to stop, and holds nothing', async () => {
    for (const name of ['a', 'b', 'c']) await context.queue.add(synchronize(name));
    const stop = new AbortController();
    const last: Synchronize = async () => {
      stop.abort();
    };
    expect(await runSome(context, optionsWith(last, { signal: stop.signal }))).toMatchObject({ done: 1, retried: 0 });
    expect(await context.queue.count()).toMatchObject({ runnable: 2, running: 0 });
  });
});

describe('runNext', () => {
  it('begins nothing when it is asked to stop', async () => {
    await context.queue.add(synchronize('a'));
    expect(await runNext(context, optionsWith(note, { signal: AbortSignal.abort() }))).toBeUndefined();
    expect(done).toEqual([]);
  });

  it('leaves what it was stopped at to whoever starts next, at once', async () => {
    const id = await context.queue.add(synchronize('a', { maxRetries: 0 }));
    const stop = new AbortController();
    const interrupted: Synchronize = async (_context, _work, signal) => {
      stop.abort();
      signal.throwIfAborted();
    };
    expect(await runNext(context, optionsWith(interrupted, { signal: stop.signal }))).toBe('retried');
    // None of its retries is used up: being stopped says nothing of the work.
    expect(await context.queue.get(id)).toMatchObject({ state: 'runnable', retries: 0 });
  });

  it('asks the handler to stop when the lease was lost, and says nothing more about the activity', async () => {
    await context.queue.add(synchronize('a'));
    const thief: Synchronize = async (_context, _work, signal) => {
      clock.at += 100_000;
      await context.queue.distribute(clock.now());
      await context.queue.claim({ node: 'other', now: clock.now(), leaseMs: 60_000 });
      await new Promise((resolve) => {
        signal.addEventListener('abort', resolve);
      });
    };
    // Renews only when its lease may be lost: the lease is looked at when time has passed.
    const patient = { ...context, clock: { now: () => clock.now(), sleep: () => new Promise<void>(setImmediate) } };
    expect(await runNext(patient, optionsWith(thief))).toBe('lost');
    expect(await context.queue.list()).toMatchObject([{ state: 'running', lease: { holder: 'other' } }]);
  });

  it('says of nobody else’s activity that it has failed', async () => {
    const id = await context.queue.add(synchronize('a'));
    const told: number[] = [];
    const stalled: Synchronize = async () => {
      clock.at += 120_000;
      await context.queue.distribute(clock.now());
      await context.queue.claim({ node: 'faster', now: clock.now(), leaseMs: 60_000 });
      throw new RequestError('CON-R004', 'no such subscription');
    };
    const onFailed: RunOptions['onFailed'] = async (_, { activity }) => {
      told.push(activity.id);
    };
    expect(await runNext(heldUp(), optionsWith(stalled, { onFailed }))).toBe('lost');
    expect(told).toEqual([]);
    expect(await context.store.log({ kinds: ['administration'] })).toEqual([]);
    expect(await context.queue.get(id)).toMatchObject({ state: 'running', lease: { holder: 'faster' } });
  });

  it('lets another lane of the same process take over what this one has lost, and does not end it for that one', async () => {
    const id = await context.queue.add(synchronize('a'));
    const asleep = heldUp();
    let rounds = 0;
    const slow: Synchronize = async () => {
      if (++rounds > 1) {
        // The first lane ends while the second is at work.
        release();
        await first;
        expect(await context.queue.get(id)).toMatchObject({ state: 'running' });
        return;
      }
      clock.at += 100_000;
      await context.queue.distribute(clock.now());
      second = runNext(asleep, optionsWith(slow));
      await released;
    };
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    let second: Promise<unknown> = Promise.resolve();
    const first = runNext(asleep, optionsWith(slow));
    await first;
    expect(await second).toBe('done');
    expect(rounds).toBe(2);
  });
});

describe('whoever is told of failures', () => {
  const refused: Synchronize = async () => {
    throw new RequestError('CON-R004', 'no such subscription');
  };

  it('hears of what has failed for good, once that is noted, and of nothing else', async () => {
    const told: unknown[] = [];
    const onFailed: RunOptions['onFailed'] = async ({ queue }, { activity, code, message }) => {
      told.push({ code, message, state: (await queue.get(activity.id))?.state });
    };
    const unreachable: Synchronize = async () => {
      throw new TransportError('CON-T001', 'unreachable', { retry: 'later' });
    };
    await context.queue.add(synchronize('a'));
    await tic(context, optionsWith(unreachable, { onFailed }));
    expect(told).toEqual([]);
    await context.queue.add(synchronize('b'));
    await tic(context, optionsWith(refused, { onFailed }));
    expect(told).toEqual([{ code: 'CON-R004', message: 'no such subscription', state: 'failed' }]);
  });

  it('cannot break the queue: what fails there is a line in the log, and the next activity runs', async () => {
    for (const name of ['a', 'b']) await context.queue.add(synchronize(name));
    const onFailed: RunOptions['onFailed'] = async () => {
      throw new TypeError('told is not a function');
    };
    expect(await tic(context, optionsWith(refused, { onFailed }))).toMatchObject({ failed: 2 });
    expect(await context.store.log()).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ level: 'warning', text: expect.stringContaining('told is not') as string }),
      ]),
    );
  });
});

describe('a failure of which nobody was told, because the process was killed', () => {
  const refused: Synchronize = async () => {
    throw new RequestError('CON-R004', 'no such subscription');
  };

  it('is told by whoever looks next, after as long as a lease, and once', async () => {
    const id = await context.queue.add(synchronize('a'));
    // What it does not offer, failing does not use.
    const killed = {
      ...context,
      store: {
        ...{ notes: context.store.notes, update: context.store.update.bind(context.store) },
        record: () => Promise.reject(new TypeError('killed')),
      },
    } as unknown as SiteContext;
    await expect(runNext(killed, optionsWith(refused))).rejects.toThrow('killed');
    const told: unknown[] = [];
    const onFailed: RunOptions['onFailed'] = async (_, { activity, code, message, at }) => {
      told.push({ id: activity.id, retries: activity.retries, code, message, at });
    };
    const failedAt = clock.now();
    clock.at += 59_999;
    await tic(context, optionsWith(note, { onFailed }));
    expect(told).toEqual([]);
    clock.at += 1;
    await tic(context, optionsWith(note, { onFailed }));
    await tic(context, optionsWith(note, { onFailed }));
    expect(told).toEqual([{ id, retries: 0, code: 'CON-R004', message: 'no such subscription', at: failedAt }]);
    expect((await context.store.log()).map(({ text }) => text)).toEqual([
      `Activity ${id} failed: no such subscription`,
    ]);
    expect((await context.queue.get(id))?.failure).toEqual({
      code: 'CON-R004',
      message: 'no such subscription',
      at: failedAt,
    });
  });
});

describe('invoke', () => {
  it('runs a failed activity now', async () => {
    const id = await context.queue.add(synchronize('a'));
    const failing: Synchronize = async () => {
      throw new RequestError('CON-R004', 'not yet');
    };
    await tic(context, optionsWith(failing));
    await invoke(context, id, optionsWith(note));
    expect(done).toEqual(['a']);
    expect(await context.queue.get(id)).toBeUndefined();
  });

  it('runs one that waits for its date', async () => {
    const id = await context.queue.add(synchronize('a', { notBefore: clock.now() + 1_000_000 }));
    await invoke(context, id, optionsWith(note));
    expect(done).toEqual(['a']);
  });

  it('says why it failed again', async () => {
    const id = await context.queue.add(synchronize('a'));
    const failing: Synchronize = async () => {
      throw new RequestError('CON-R004', 'still not there');
    };
    await tic(context, optionsWith(failing));
    await expect(invoke(context, id, optionsWith(failing))).rejects.toMatchObject({
      code: 'CON-Q001',
      message: 'still not there',
    });
  });

  it('refuses a number that is none', async () => {
    await expect(invoke(context, 99, optionsWith(note))).rejects.toMatchObject({ code: 'CON-R013' });
  });
});
