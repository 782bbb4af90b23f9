import { firstPassword, greeting, startWeb } from '../src/compose-web.ts';
import { runUntilStopped } from './run-until-stopped.ts';

await runUntilStopped(async (composition, reportFault) => {
  const password = await firstPassword(composition);
  return startWeb(composition, {
    reportFault,
    whenListening: async (server) => {
      process.stdout.write(greeting(server, password));
    },
  });
});
