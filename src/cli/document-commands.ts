import type { RegisterCommand } from './command-action.ts';
import { registerDiff } from './diff.ts';
import { registerMerge } from './merge.ts';
import { registerPatch } from './patch.ts';

/** The commands that work on documents alone: they start without what only sites need. */
export const documentCommands: readonly RegisterCommand[] = [registerDiff, registerPatch, registerMerge];
