import type { Plan, Step } from './plan.ts';
import type { History } from './simulate.ts';
import { simulate } from './simulate.ts';

/** The kind of what is wrong, so that shrinking does not go over to another fault. */
function kindOf({ faults }: History): string {
  return /^[a-z ]*/i.exec(faults[0] ?? '')?.[0].slice(0, 24) ?? '';
}

/** The shortest history that goes wrong as this one does: steps are left out, and what goes wrong in them, until nothing more can be. With its trace. */
export async function shrink(plan: Plan): Promise<History> {
  const kind = kindOf(await simulate(plan));
  const fails = async (steps: readonly Step[]): Promise<boolean> => kindOf(await simulate({ ...plan, steps })) === kind;
  let steps = await withoutNeedless(plan.steps, fails);
  for (let at = 0; at < steps.length; at += 1) {
    for (const calmer of calmerThan(steps[at])) {
      const tried = steps.with(at, calmer);
      if (await fails(tried)) steps = tried;
    }
  }
  steps = await withoutNeedless(steps, fails);
  return simulate({ ...plan, steps }, true);
}

/** Leaves out ever smaller runs of steps (Zeller's delta debugging). */
async function withoutNeedless(
  all: readonly Step[],
  fails: (steps: readonly Step[]) => Promise<boolean>,
): Promise<readonly Step[]> {
  let steps = all;
  for (let size = Math.ceil(steps.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < steps.length;) {
      const fewer = [...steps.slice(0, at), ...steps.slice(at + size)];
      if (fewer.length < steps.length && (await fails(fewer))) steps = fewer;
      else at += size;
    }
  }
  return steps;
}

function calmerThan(step: Step | undefined): readonly Step[] {
  if (step?.does !== 'sync') return [];
  const calm = { ...step, faults: [], kill: undefined, restart: false, isBusy: false };
  return [calm, { ...step, isBusy: false }, { ...step, faults: [] }, { ...step, kill: undefined }];
}
