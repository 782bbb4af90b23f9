import { startMail } from '../src/compose/mail.ts';
import { runUntilStopped } from './run-until-stopped.ts';

await runUntilStopped('mail', startMail);
