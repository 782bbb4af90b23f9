import type { Composition } from './compose.ts';
import type { ReportFault } from './log.ts';
import { assessFlow } from '../use-cases/administration/assess-flow.ts';
import type { RunningServer } from '../web/server.ts';
import { startServer } from '../web/server.ts';
import { messageClassesOf } from '../web/messages.ts';
import { createWatchApp } from '../web/watch-app.ts';
import type { WatchServices } from '../web/watch-services.ts';
import type { DoorSettings } from '../web/web-services.ts';

/** Accounts of the installation, for what belongs to no site. */
export function operatorsOf({
  installation,
  passwordHasher,
  signInGuard,
  clock,
}: Composition): WatchServices['operators'] {
  return {
    accounts: installation.accounts,
    installationAccounts: installation.accounts,
    passwordHasher,
    signInGuard,
    clock,
    // The installation has no log of its own; the guard counts all the same.
    store: { record: async () => undefined },
  };
}

/** The same at each port of the installation. */
export function doorSettings({ configuration: { server, access } }: Pick<Composition, 'configuration'>): DoorSettings {
  return {
    trustedProxies: server.trustedProxies,
    requestsPerMinute: access.requestsPerMinute,
    failedSignInsPerMinute: access.failedSignInsPerMinute,
  };
}

/** What those who watch are told by. */
export function watchServices(composition: Composition): WatchServices['watch'] {
  const { installation, site, clock, calendar, configuration, observer } = composition;
  const limits = configuration.watch;
  const startedAt = clock.now();
  return {
    flow: () => assessFlow({ installation, site, clock, calendar, startedAt, limits }),
    exposition: async () => (await observer?.exposition()) ?? '',
  };
}

/**
 * Answers those who watch a process that has no web server, where the configuration wants it.
 * @throws ConfigurationError CON-C002 when the port is in use
 */
export async function startWatch(
  composition: Composition,
  reportFault: ReportFault,
): Promise<RunningServer | undefined> {
  const { installation, site, configuration } = composition;
  const { host, port } = configuration.watch;
  if (port === 0) return undefined;
  const services = { installation, site, operators: operatorsOf(composition), watch: watchServices(composition) };
  const app = createWatchApp(
    { services, settings: configuration.watch },
    {
      reportFault: (error, { method, address }) => {
        reportFault(error, { method, address });
      },
      door: doorSettings(composition),
    },
  );
  return startServer(app, { host, port, stopMs: configuration.server.stopMs }, messageClassesOf(app));
}
