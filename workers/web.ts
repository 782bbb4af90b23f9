import { firstPassword, greeting, startWeb } from '../src/compose/web.ts';
import { runUntilStopped } from './run-until-stopped.ts';

await runUntilStopped('web', (composition, reportFault) =>
  startWeb(composition, {
    reportFault,
    whenListening: async (server) => {
      process.stdout.write(greeting(server, await firstPassword(composition)));
    },
  }),
);
