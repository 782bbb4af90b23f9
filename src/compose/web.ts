import { UploadedDocumentSource } from '../adapters/folder/uploaded-document-source.ts';
import { engineServices, planSync } from './engine.ts';
import { takeMail } from './mail.ts';
import type { Composition } from './compose.ts';
import type { ReportFault } from './log.ts';
import { answerFollowed } from './answer-followed.ts';
import { countTried } from './loops.ts';
import { doorSettings, operatorsOf, watchServices } from './watch.ts';
import { signIn } from '../use-cases/administration/access.ts';
import { addAccount } from '../use-cases/administration/accounts.ts';
import { setUpExample } from '../use-cases/administration/example.ts';
import { testConnection } from '../use-cases/subscriber/test-connection.ts';
import { addSite, administratorName, ensureAdministrator } from '../use-cases/administration/manage-sites.ts';
import { NodeTics } from '../use-cases/administration/node-tics.ts';
import { queryNamed } from '../objects/query.ts';
import { Heartbeat } from '../use-cases/administration/heartbeats.ts';
import { publish } from '../use-cases/administration/publish.ts';
import { invoke } from '../use-cases/administration/run-activities.ts';
import { distribute } from '../use-cases/administration/schedule.ts';
import type { Actor } from '../use-cases/site-context.ts';
import { subscribe } from '../use-cases/administration/subscribe.ts';
import { createApp } from '../web/app.ts';
import type { RunningServer } from '../web/server.ts';
import { startServer } from '../web/server.ts';
import { messageClassesOf } from '../web/messages.ts';
import type { WebServices, WebSettings } from '../web/web-services.ts';

const actor: Actor = { name: 'concord', roles: ['Manager'] };

/** The password of the first account, which is made with a new data directory; undefined when there was one. */
export async function firstPassword(composition: Composition): Promise<string | undefined> {
  const { installation, identifiers, passwordHasher, clock } = composition;
  const accounts = { accounts: installation.accounts, passwordHasher, clock };
  return ensureAdministrator({
    installation,
    password: identifiers.random(),
    makeManager: async (name, password) => {
      // It was printed: the pages ask for another one at once.
      await addAccount(accounts, actor, { name, password, roles: ['Manager'], mustChangePassword: true });
    },
  });
}

/** What the operator is told when a server has started: where it is and who may sign in; the password only where it is new. */
export function greeting({ address }: RunningServer, password: string | undefined): string {
  const lines = [`Address: ${address}`, `User: ${administratorName}`];
  if (password !== undefined) lines.push(`Password: ${password}`);
  return `${lines.join('\n')}\n`;
}

/** What a server is told. */
export interface WebOptions {
  readonly reportFault: ReportFault;
  /** Told the address, which may have a free port; nothing is answered before it is done. */
  readonly whenListening: (server: RunningServer) => Promise<void>;
}

/**
 * Serves all sites until it is disposed of.
 * @throws ConfigurationError CON-C002 when the port is in use
 */
export async function startWeb(composition: Composition, options: WebOptions): Promise<RunningServer> {
  const app = createApp(webServices(composition, options.reportFault), webSettings(composition));
  let open: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  // A rejection cannot come: whoever fails before the gate opens closes the server.
  const server = await startServer(
    (request, response) => void gate.then(() => void app(request, response)),
    composition.configuration.server,
    messageClassesOf(app),
  );
  try {
    await options.whenListening(server);
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
  open();
  return server;
}

function webServices(composition: Composition, reportFault: ReportFault): WebServices {
  const { installation, clock, calendar, xpath } = composition;
  const heartbeat = new Heartbeat(installation, clock);
  const runOptions = composition.runOptions(new AbortController().signal);
  const nodeTics = new NodeTics();
  return {
    installation,
    site: composition.site,
    operators: operatorsOf(composition),
    watch: watchServices(composition),
    sessions: sessionsOf(composition),
    guide: guideServices(composition),
    answerMessage: (context, message) => {
      // Wrong passwords inside a message count like all others, by the address that they come from.
      const authenticate = (name: string, password: string): Promise<Actor> =>
        signIn(context, { name, password, address: message.remoteAddress });
      return answerFollowed({ context, parts: composition }, message, authenticate);
    },
    receiveMail: (context, mail) => takeMail(context, composition, mail),
    query: (text) => queryNamed(text, xpath),
    publish: (context, request) => publish(context, request, xpath),
    subscribe: (context, request) => subscribe(context, request, { calendar, xpath }),
    previewSync: (context, request) => planSync({ context, parts: composition }, request, new AbortController().signal),
    distribute: async (context) => {
      await heartbeat.beat('clock');
      return distribute(context, calendar);
    },
    tic: async (context, driver) => {
      await heartbeat.beat('worker');
      const counts = await nodeTics.tic(context, driver, runOptions);
      countTried(composition, counts);
      return counts;
    },
    invoke: (context, activity) => invoke(context, activity, runOptions),
    reportFault: (error, { method, address }) => {
      reportFault(error, { method, address });
    },
  };
}

function guideServices(composition: Composition): WebServices['guide'] {
  const { installation, transport } = composition;
  return {
    addSite: (site) => addSite(installation, site),
    setUpExample: async (address) => {
      await setUpExample({ ...composition, address });
    },
    testConnection: (context, wanted) =>
      testConnection(context, wanted, { services: engineServices(context, composition), transport }),
    openUpload: (files) => new UploadedDocumentSource(files),
  };
}

function sessionsOf({ installation, clock, identifiers, configuration }: Composition): WebServices['sessions'] {
  const { sessionIdleMs, sessionLongestMs } = configuration.access;
  const limits = { idleMs: sessionIdleMs, longestMs: sessionLongestMs };
  return { sessions: installation.sessions, clock, identifiers, limits };
}

function webSettings(composition: Composition): WebSettings {
  const { sync, xml, pages, watch, publisher } = composition.configuration;
  return {
    ...doorSettings(composition),
    // A peer that does not know our MaxMsgSize yet may send a little more.
    maxMessageOctets: 2 * sync.messageOctets,
    maxBodyOctets: xml.maxOctets,
    shares: publisher,
    listeners: publisher,
    pages: { language: pages.language, skin: pages.skin },
    watch,
  };
}
