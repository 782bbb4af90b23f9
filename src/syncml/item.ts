import type { Meta } from './meta.ts';

/** An address: a device, a datastore, an item (SyncML Representation 1.2, Source and Target). */
export interface Location {
  readonly locUri: string;
  readonly locName?: string;
  /** One `Filter` element as XML text (SyncML Representation 1.2, Filter); only on a Target, and only handed through. */
  readonly filter?: string;
}

/** What a command acts on (SyncML Representation 1.2, Item). */
export interface Item {
  readonly target?: Location;
  readonly source?: Location;
  /** LocURI of the parent at the sender. */
  readonly sourceParent?: string;
  /** LocURI of the parent at the receiver. */
  readonly targetParent?: string;
  readonly meta?: Meta;
  /** The content, opaque here: documents, XUpdate, vCards, base64. */
  readonly data?: string;
  /**
   * `data` is XML elements that stand in Data as child elements rather than as text (DevInf, Anchor, an ERP5 peer's documents). It is well-formed
   * by itself: namespaces that it uses are declared in it. Whoever only wants the XML need not look at this.
   */
  readonly dataIsMarkup?: true;
  /** The data goes on in the next message, in an item with the same address. */
  readonly moreData?: true;
}
