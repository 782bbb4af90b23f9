import { registerActivities } from './activities.ts';
import { registerBackup, registerRestore } from './backup.ts';
import type { RegisterCommand } from './command-action.ts';
import { registerConflicts } from './conflicts.ts';
import { registerDistribute } from './distribute.ts';
import { registerDoctor } from './doctor.ts';
import { documentCommands } from './document-commands.ts';
import { registerExport } from './export.ts';
import { registerGc } from './gc.ts';
import { registerHistory } from './history.ts';
import { registerImport } from './import.ts';
import { registerKey } from './key.ts';
import { registerLog } from './log.ts';
import { registerMailIn } from './mail-in.ts';
import { registerMoveStore } from './move-store.ts';
import { registerPublish, registerRelease, registerUnpublish } from './publish.ts';
import { registerResolve } from './resolve.ts';
import { registerRule } from './rule.ts';
import { registerSearch } from './search.ts';
import { registerSite } from './site.ts';
import { registerStart } from './start.ts';
import { registerStatus } from './status.ts';
import { registerSubscribe, registerUnsubscribe } from './subscribe.ts';
import { registerSync } from './sync.ts';
import { registerTic } from './tic.ts';
import { registerUser } from './user.ts';

/** All commands, in the order of `--help`. */
export const allCommands: readonly RegisterCommand[] = [
  registerStart,
  registerSite,
  registerUser,
  registerImport,
  registerExport,
  registerPublish,
  registerUnpublish,
  registerRelease,
  registerSubscribe,
  registerUnsubscribe,
  registerSync,
  registerStatus,
  registerLog,
  registerHistory,
  registerSearch,
  registerConflicts,
  registerResolve,
  registerRule,
  ...documentCommands,
  registerActivities,
  registerDistribute,
  registerTic,
  registerBackup,
  registerRestore,
  registerMoveStore,
  registerGc,
  registerDoctor,
  registerKey,
  registerMailIn,
];
