import type { XmlNode } from '../xml/tree.ts';

/** A stretch of siblings. */
export interface Chunk {
  nodes: (XmlNode | ListedNode)[];
  /** Which one of its list it is, from 0. */
  number: number;
}

/** A child that is being worked on. Owns where it stands. */
export abstract class ListedNode {
  /** The stretch that it is in; its list sets it. */
  chunk: Chunk | undefined;
}
