/** The global identity of an object, the same on every site; made once and never recomputed (engine.md §1). */
export type Gid = string & { readonly brand: 'Gid' };

/** The parent of what stands at the top: of the site in the tree, of the collection in what is digested and sent. */
// The empty string is reserved for it: parseGid refuses it.
export const topGid = '' as Gid;

const maxLength = 200;

/** Takes an identity from outside. Returns undefined for what cannot be one: empty, over 200 characters, or with control characters or others that XML cannot hold. */
export function parseGid(text: string): Gid | undefined {
  const isGid = text.length > 0 && text.length <= maxLength && !/[\p{Cc}\p{Cs}\uFFFE\uFFFF]/u.test(text);
  // The check above is what makes a string a Gid.
  return isGid ? (text as Gid) : undefined;
}
