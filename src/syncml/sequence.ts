import type { Meta } from './meta.ts';

/** Commands to be carried out in their order (SyncML Representation 1.2, Sequence). */
export interface Sequence<Inner> {
  readonly kind: 'Sequence';
  readonly cmdId: string;
  readonly noResp?: true;
  readonly meta?: Meta;
  readonly commands: readonly Inner[];
}
