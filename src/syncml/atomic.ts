import type { Meta } from './meta.ts';

/** Commands of which all are carried out, or none (SyncML Representation 1.2, Atomic). */
export interface Atomic<Inner> {
  readonly kind: 'Atomic';
  readonly cmdId: string;
  readonly noResp?: true;
  readonly meta?: Meta;
  readonly commands: readonly Inner[];
}
