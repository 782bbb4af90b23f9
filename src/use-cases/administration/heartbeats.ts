import type { Clock } from '../../ports/clock.ts';
import type { Installation } from '../../ports/installation.ts';

/** What an installation needs somebody to do all the time: make due activities runnable, and run them. */
export const beatingRoles = ['clock', 'worker'] as const;
export type BeatingRole = (typeof beatingRoles)[number];

type Beats = Pick<Installation, 'setting' | 'saveSetting'>;

/** It is written no more often: a write of the common file costs a commit. */
const writtenEveryMs = 15_000;

const settingOf = (role: BeatingRole): string => `beat.${role}`;

/** Says for one process, in the store for all to see, that it does what a role does. Remembers when it last said so, hence a class. */
export class Heartbeat {
  readonly #installation: Beats;
  readonly #clock: Clock;
  readonly #toldAt = new Map<BeatingRole, number>();

  constructor(installation: Beats, clock: Clock) {
    this.#installation = installation;
    this.#clock = clock;
  }

  /** Says it, unless it was said a moment ago. */
  async beat(role: BeatingRole): Promise<void> {
    const now = this.#clock.now();
    const toldAt = this.#toldAt.get(role);
    // A clock that was put back must not silence it.
    if (toldAt !== undefined && now >= toldAt && now - toldAt < writtenEveryMs) return;
    this.#toldAt.set(role, now);
    await this.#installation.saveSetting(settingOf(role), String(now));
  }
}

/** When any process last said that it does what the role does; undefined when none ever did. */
export async function lastBeat(installation: Pick<Beats, 'setting'>, role: BeatingRole): Promise<number | undefined> {
  const text = await installation.setting(settingOf(role));
  return text === undefined ? undefined : Number(text);
}
