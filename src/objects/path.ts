import { RequestError } from '../errors/concord-error.ts';

/** The ids from the top of a site down to an object; the empty path is the site itself. */
export type Path = readonly string[];

const maxIdLength = 255;
// Control characters; halves of surrogate pairs and the two that are no characters, which no message could carry.
const notInXml = /[\p{Cc}\p{Cs}\uFFFE\uFFFF]/u;

/**
 * Reads a path as people write it: `/folder/object`, with or without the first slash. A slash or percent sign that belongs to an id is written
 * `%2F` or `%25`; other percent escapes are decoded too, so that paths can be pasted from a URL.
 * @throws RequestError CON-R008 when an id is empty, `.` or `..`, longer than 255 characters, or has characters that XML cannot hold
 */
export function parsePath(text: string): Path {
  return text
    .split('/')
    .filter((segment) => segment !== '')
    .map((segment) => checkedId(decodeSegment(segment)));
}

/** The inverse of parsePath: starts with a slash, and escapes only what would be read otherwise. */
export function formatPath(path: Path): string {
  return '/' + path.map((id) => id.replace(/%/g, '%25').replace(/\//g, '%2F')).join('/');
}

/** Returns the id when it can name an object. @throws RequestError CON-R008 otherwise */
export function checkedId(id: string): string {
  if (id === '' || id === '.' || id === '..')
    throw new RequestError('CON-R008', `“${id}” cannot be the id of an object`);
  if (id.length > maxIdLength)
    throw new RequestError('CON-R008', `An id has at most ${String(maxIdLength)} characters`);
  if (notInXml.test(id))
    throw new RequestError('CON-R008', 'An id cannot have control characters, nor others that XML cannot hold');
  return id;
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    // A stray percent sign is a plain character: people type paths by hand.
    return segment;
  }
}
