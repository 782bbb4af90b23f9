// Plays random histories: `node test/simulation/run.js --seed 1 --histories 1000`; `--help` tells the rest.
import { register } from 'node:module';

register('../adapters/sqlite/typescript-loader.js', import.meta.url);
await import('./run.ts');
