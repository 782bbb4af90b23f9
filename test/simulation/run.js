// Plays random histories: `node test/simulation/run.js --set all --from 1 --count 1000`, or `--from SEED --count 1 --trace`, with `--wire` for the messages.
import { register } from 'node:module';

register('../adapters/sqlite/typescript-loader.js', import.meta.url);
await import('./run.ts');
