import type { Command } from 'commander';
import { z } from 'zod';
import type { Composition } from '../compose/compose.ts';
import type { SessionFilter } from '../ports/session-store.ts';
import type { SessionsContext } from '../use-cases/administration/sessions.ts';
import { endSession, listSessions } from '../use-cases/administration/sessions.ts';
import type { Call, CommandActions } from './command-action.ts';
import { operator, withInstallation } from './open-site.ts';
import { formatTable, formatTime } from './table.ts';

const place = { site: z.string().optional() };
const listInput = z.object({ ...place, name: z.string().optional() });
const endInput = z.object({ ...place, id: z.string() });
const siteOption: readonly [string, string] = ['--site <id>', 'only with an account of this site; without it, of all'];

/** `concord user session list|end`. */
export function registerSession(user: Command, actions: CommandActions): void {
  const session = user.command('session').description('who is signed in at the pages');
  session
    .command('list')
    .description('list the sessions, the one used last first')
    .argument('[name]', 'only those of this account')
    .option(...siteOption)
    .action(
      actions.action(listInput, async ({ site, name }, call) => {
        const found = await atInstallation(call, site, (context, filter) =>
          listSessions(context, operator, { ...filter, ...(name === undefined ? {} : { account: name }) }),
        );
        const sessions = found.map(({ id, account, site: home, createdAt, seenAt, address, agent }) => ({
          ...{ id, account, site: home, createdAt, seenAt, address, agent },
        }));
        const rows = sessions.map((one) => [
          one.id,
          one.account,
          one.site === '' ? 'all sites' : one.site,
          formatTime(one.createdAt),
          formatTime(one.seenAt),
          one.address,
        ]);
        const table = formatTable(['id', 'account', 'good at', 'since', 'last used', 'from'], rows);
        call.print(sessions, sessions.length === 0 ? 'Nobody is signed in\n' : table);
        return undefined;
      }),
    );
  session
    .command('end')
    .description('end a session: whoever has it must sign in again')
    .argument('<id>', 'the session, as `list` names it')
    .option(...siteOption)
    // An id may begin with a hyphen.
    .allowUnknownOption()
    .action(
      actions.action(endInput, async ({ site, id }, call) => {
        await atInstallation(call, site, (context, filter) => endSession(context, operator, { ...filter, id }));
        call.print({ ended: id }, `Session ${id} ended\n`);
        return undefined;
      }),
    );
}

/** @throws RequestError CON-R001 when there is no such site */
async function atInstallation<Result>(
  call: Call,
  site: string | undefined,
  run: (context: Pick<SessionsContext, 'sessions' | 'clock' | 'limits'>, filter: SessionFilter) => Promise<Result>,
): Promise<Result> {
  return withInstallation(call, async (composition: Composition) => {
    if (site !== undefined) await composition.site(site);
    const { installation, clock, configuration } = composition;
    const { sessionIdleMs, sessionLongestMs } = configuration.access;
    const limits = { idleMs: sessionIdleMs, longestMs: sessionLongestMs };
    return run({ sessions: installation.sessions, clock, limits }, site === undefined ? {} : { site });
  });
}
