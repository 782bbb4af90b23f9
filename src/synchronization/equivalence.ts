import type { XmlLimits } from '../xml/limits.ts';
import { widestXmlLimits } from '../xml/limits.ts';
import { canonicalXml } from '../xml/canonical.ts';
import { parseStoredXml } from '../xml/parse.ts';
import { XmlVersions } from '../xml/versions.ts';
import type { KeyRules } from '../xupdate/keys.ts';
import { merge } from '../xupdate/merge.ts';
import { changedPlaces, readPlace } from '../xupdate/place.ts';

/** How a conduit writes a document that comes (document-rules.ts). */
export type Write = (document: string) => string;

/** An edit of one document, and another document that it is made on, too. All are canonical. */
export interface Carrying {
  readonly base: string;
  readonly edited: string;
  readonly onto: string;
  readonly keys: KeyRules | undefined;
  readonly limits?: XmlLimits | undefined;
}

/** What was done to `base`, done to `onto`: whatever the edit did not touch is as it is there, and where the two differ in what it did touch, the edit stands. */
export function carryOver({ base, edited, onto, keys, limits }: Carrying): string {
  if (base === edited) return onto;
  if (base === onto) return edited;
  const versions = new XmlVersions(widestXmlLimits);
  const merged = merge({
    base: versions.parse(base),
    // In a clash the publisher's value stands: here it is the edit's.
    publisher: versions.parse(edited),
    incoming: versions.parse(onto),
    ...(keys && { keys }),
    ...(limits && { limits }),
  });
  return canonicalXml(merged.document);
}

/**
 * What a publisher stores of a document that a subscriber made out of `base`: what the edit did, as the conduit writes it. What the conduit cannot hold of the
 * base, because it was put there by other ways, is not the edit's business and stays.
 */
export function writtenByPublisher(incoming: string, base: string | undefined, by: Writing): string {
  const { write, keys, limits } = by;
  const written = write(incoming);
  return base === undefined ? written : carryOver({ base: write(base), edited: written, onto: base, keys, limits });
}

/** By what documents are written and merged. */
export interface Writing {
  readonly write: Write;
  readonly keys: KeyRules | undefined;
  readonly limits?: XmlLimits | undefined;
}

/** What a subscriber has of an object, and the publisher's document that it stands for; the two are equivalent. */
export interface Equivalents {
  readonly own: string;
  readonly shared: string;
}

/**
 * What a subscriber stores of the publisher's document: as its conduit writes it. What it has itself of the object it keeps, also what its conduit could not hold if it came now, or the
 * publisher's cannot: a change loses only what itself brings. Where it brings another value of what the conduit cannot hold, all is written anew, so that no old one stays.
 */
export function writtenBySubscriber(incoming: string, before: Equivalents | undefined, by: Writing): string {
  const { write, keys, limits } = by;
  // What the publisher has not touched is not written anew: that would pass for somebody's edit among the sites below.
  if (before?.shared === incoming) return before.own;
  if (before === undefined) return write(incoming);
  const { own, shared } = before;
  const written = write(shared);
  if (own === written) return write(incoming);
  const carried = carryOver({ base: shared, edited: incoming, onto: own, keys, limits });
  if (carried === own) return own;
  const kept = carryOver({ base: written, edited: write(incoming), onto: own, keys, limits });
  const anew = write(carried);
  const [stored, wanted] = [parseStoredXml(kept), parseStoredXml(anew)];
  const isStored = changedPlaces(parseStoredXml(own), parseStoredXml(carried), keys).every(
    ({ place }) => readPlace(stored, place) === readPlace(wanted, place),
  );
  return isStored ? kept : anew;
}
