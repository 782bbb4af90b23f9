import type { XmlNode } from '../xml/tree.ts';
import type { WithCounts } from './stretch-counts.ts';

/** A stretch of siblings; `counts` remembers how many of each kind somebody has asked for are in it, by the form of the test. */
export interface Chunk extends WithCounts {
  nodes: (XmlNode | ListedNode)[];
}

/** A child that is being worked on. Owns where it stands. */
export abstract class ListedNode {
  /** The stretch that it is in; its list sets it. */
  chunk: Chunk | undefined;
}
