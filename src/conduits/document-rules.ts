import type { Version } from '../objects/version.ts';
import type { KeyRules } from '../xupdate/keys.ts';

/** How one kind of document is keyed, compared and accepted. */
export interface Conduit {
  readonly name: string;
  /** What tells repeated elements apart when documents are compared and merged. */
  readonly keys: KeyRules;
  /** The type that an object has by its canonical document. */
  typeOf(document: string): string;
  /**
   * The document as it is stored: canonical.
   * @throws ProtocolError CON-X001, CON-X002, CON-X003 as `parseXml`
   * @throws ConduitError CON-E008 when it is well-formed, but none of this conduit's
   */
  check(document: string): string;
  /**
   * The canonical document as the site keeps what comes to it in a sync: some of it may be written otherwise, or not at all. A function of the document alone, with
   * `write(write(d)) = write(d)`; what is none of this conduit's stays as it is. What is lost so is no edit (engine.md §4). Left out: all of it is kept.
   */
  readonly write?: (document: string) => string;
  /** By what two objects that never met are the same thing (engine.md §1); undefined when the object has no such key. Left out: nothing is. */
  keyOf?(version: Version): string | undefined;
}
