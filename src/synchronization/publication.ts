import type { Gid } from '../objects/gid.ts';

/** The number that a site gives to the set of nodes below one object, for which it keeps a log range of its own. */
export type CollectionNumber = number;

/** What decides when both sides changed the same thing (engine.md §6). THIS is the side that has the setting, OTHER its peer. */
export const policies = ['ASK', 'THIS', 'OTHER', 'NEWER', 'MASTER'] as const;
export type Policy = (typeof policies)[number];

/** Who may pull or push: every Synchronizer of the site, or the accounts that are named. */
export type Right = 'everyone' | readonly string[];

/** What a site offers: the nodes below one object, to those who may (design.md §1). */
export interface Publication {
  readonly id: string;
  /** The address that subscribers use, `http://host:port/site`; empty: the site's own. */
  readonly url: string;
  /** The path as it was given, for people. */
  readonly path: string;
  /** The object whose nodes below are published. */
  readonly root: Gid;
  readonly collection: CollectionNumber;
  readonly query: string;
  readonly mapping: string;
  readonly conduit: string;
  readonly gidGenerator: string;
  readonly keyName: string;
  /** Overrides what subscribers ask for, where set. */
  readonly conflictPolicy: Policy | undefined;
  readonly updatePolicy: Policy | undefined;
  readonly mayPull: Right;
  readonly mayPush: Right;
  /** Grows whenever query, path, mapping or a right changes: subscribers then compare once with everything (engine.md §7). */
  readonly generation: number;
}

/** Whether an account may, by this right. Whether it is a Synchronizer at all is the site's business. */
export function isAllowed(right: Right, account: string): boolean {
  return right === 'everyone' || right.includes(account);
}
