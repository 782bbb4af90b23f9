/**
 * The program of a thread that copies write-ahead logs into their files, one at a time. It keeps none open: what waits for a file to be let go of never waits for this thread for long.
 */
import { DatabaseSync } from '@photostructure/sqlite';
import { pathToFileURL } from 'node:url';
import { parentPort } from 'node:worker_threads';
import type { CheckpointReply, CheckpointRequest } from './checkpoint-messages.ts';

parentPort?.on('message', ({ file }: CheckpointRequest) => {
  parentPort?.postMessage(copyLog(file));
});

function copyLog(file: string): CheckpointReply {
  try {
    // A file that was removed meanwhile is not made again.
    const connection = new DatabaseSync(`${pathToFileURL(file).href}?mode=rw`, { timeout: 0 });
    try {
      // Passive: it waits for nobody, and nobody for it. `normal` is all that a checkpoint knows: first the log is on the disk, then the file, whatever commits wait for.
      connection.exec('PRAGMA synchronous = normal; PRAGMA wal_checkpoint(PASSIVE)');
    } finally {
      connection.close();
    }
    return { outcome: 'copied' };
  } catch (error) {
    const errcode = error instanceof Error && 'errcode' in error ? Number(error.errcode) : undefined;
    return { outcome: 'failed', text: error instanceof Error ? error.message : String(error), errcode };
  }
}
