import type { Command } from 'commander';
import { z } from 'zod';
import type { Field } from '../objects/edit.ts';
import type { DeskQuery } from '../use-cases/exchange/list-conflicts.ts';
import { wholeNumber } from './option-values.ts';

const dayMs = 86_400_000;

/** What the options that choose conflicts are read as. */
export const deskFilter = z.object({
  publication: z.string().optional(),
  subscription: z.string().optional(),
  subscriber: z.string().optional(),
  path: z.string().optional(),
  field: z.string().optional(),
  olderThan: z.number().optional(),
});

/** Gives a command the options that choose conflicts. */
export function addDeskFilter(command: Command): Command {
  return command
    .option('--publication <id>', 'only of this publication')
    .option('--subscription <id>', 'only of this subscription')
    .option('--subscriber <url>', 'only of the subscriber with this subscription URL')
    .option('--path <path>', 'only of the object there, and of what stands below it')
    .option('--field <field>', 'only of this field')
    .option('--older-than <days>', 'only those that were opened so many days ago, or before', wholeNumber(0));
}

/** What the desk is asked for by them. */
export function deskQuery(
  { field, olderThan, ...words }: z.infer<typeof deskFilter>,
  now: number,
): Omit<DeskQuery, 'state' | 'after' | 'limit'> {
  return {
    ...words,
    // Any text can stand as a field: one that is none finds no conflict.
    field: field as Field | undefined,
    openedBefore: olderThan === undefined ? undefined : now - olderThan * dayMs,
  };
}
