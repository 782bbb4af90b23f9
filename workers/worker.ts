import { startWorker } from '../src/compose/loops.ts';
import { runUntilStopped } from './run-until-stopped.ts';

await runUntilStopped('worker', startWorker);
