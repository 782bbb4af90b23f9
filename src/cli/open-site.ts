import { existsSync } from 'node:fs';
import type { Composition } from '../compose.ts';
import { compose } from '../compose.ts';
import { RequestError } from '../errors/concord-error.ts';
import type { Actor, SiteContext } from '../use-cases/site-context.ts';
import type { Call } from './command-action.ts';

/** Who works at the command line: whoever can write to the data directory could change everything in it anyway. */
export const operator: Actor = { name: 'operator', roles: ['Manager'] };

/** Runs with the data directory open, making it where there is none yet, and closes it. */
export async function withNewInstallation<Result>(
  call: Call,
  run: (composition: Composition) => Promise<Result>,
): Promise<Result> {
  await using composition = await compose(call.configuration());
  return await run(composition);
}

/** Runs with the data directory open, and closes it. @throws RequestError CON-R001 when there is none */
export async function withInstallation<Result>(
  call: Call,
  run: (composition: Composition) => Promise<Result>,
): Promise<Result> {
  const { data } = call.configuration();
  if (!existsSync(data))
    throw new RequestError('CON-R001', `There is no data directory ${data}; --data or CONCORD_DATA names another one`);
  return withNewInstallation(call, run);
}

/** Runs with a site open, and closes it. @throws RequestError CON-R001 when there is none with this id */
export async function withSite<Result>(
  call: Call,
  site: string,
  run: (context: SiteContext, composition: Composition) => Promise<Result>,
): Promise<Result> {
  return withInstallation(call, async (composition) => run(await composition.site(site), composition));
}
