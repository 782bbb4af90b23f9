import { existsSync } from 'node:fs';
import type { Composition } from '../compose/compose.ts';
import { compose } from '../compose/compose.ts';
import type { ConcordError } from '../errors/concord-error.ts';
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
  if (!existsSync(data)) throw noDirectory(data);
  return withNewInstallation(call, run);
}

/**
 * As `withInstallation`, for commands that only read: where nothing can be written, because the disk is full or not mounted for it, they say so and go on.
 */
export async function readInstallation<Result>(
  call: Call,
  run: (composition: Composition) => Promise<Result>,
): Promise<Result> {
  const { data } = call.configuration();
  if (!existsSync(data)) throw noDirectory(data);
  let isTold = false;
  const onReadOnly = ({ message }: ConcordError): void => {
    if (!isTold)
      call.terminal.complain(`${message}. It is only read: what is to be written is refused until that is mended\n`);
    isTold = true;
  };
  await using composition = await compose(call.configuration(), 'server', { onReadOnly });
  return await run(composition);
}

/** As `withSite`, for commands that only read. */
export async function readSite<Result>(
  call: Call,
  site: string,
  run: (context: SiteContext, composition: Composition) => Promise<Result>,
): Promise<Result> {
  return readInstallation(call, async (composition) => run(await composition.site(site), composition));
}

function noDirectory(data: string): RequestError {
  return new RequestError('CON-R001', `There is no data directory ${data}; --data or CONCORD_DATA names another one`);
}

/** Runs with a site open, and closes it. @throws RequestError CON-R001 when there is none with this id */
export async function withSite<Result>(
  call: Call,
  site: string,
  run: (context: SiteContext, composition: Composition) => Promise<Result>,
): Promise<Result> {
  return withInstallation(call, async (composition) => run(await composition.site(site), composition));
}
