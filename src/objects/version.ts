import type { Digest } from '../xml/digest.ts';
import { digestOfText } from '../xml/digest.ts';
import type { Gid } from './gid.ts';

/**
 * The content of one object at one time: envelope and document (engine.md §1). `document` is canonical XML; `documentDigest` is its digest.
 * `parent` is the gid of the parent node; `topGid` at the top of the site, or of the collection in a version that is sent.
 */
export interface Version {
  readonly gid: Gid;
  readonly parent: Gid;
  readonly id: string;
  readonly type: string;
  readonly document: string;
  readonly documentDigest: Digest;
}

/** A version with its document's digest. */
export function newVersion(content: Omit<Version, 'documentDigest'>): Version {
  return { ...content, documentDigest: digestOfText(content.document) };
}

/** The digest of the whole version, envelope included: two sites hold the same object when it is the same. */
export function digestOfVersion(version: Version): Digest {
  // JSON keeps the parts apart whatever characters an id has.
  return digestOfText(JSON.stringify([version.gid, version.parent, version.id, version.type, version.documentDigest]));
}

/** The digest of an object's absence by deletion: nothing takes it for an object that never was (engine.md §1). */
export function digestOfDeletion(gid: Gid): Digest {
  return digestOfText(JSON.stringify([gid, 'deleted']));
}

/** Whether both are the same content at the same place under the same name. */
export function isSameVersion(a: Version | undefined, b: Version | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return (
    a.documentDigest === b.documentDigest &&
    a.id === b.id &&
    a.parent === b.parent &&
    a.type === b.type &&
    a.gid === b.gid
  );
}
