import { ConduitError, RequestError } from '../errors/concord-error.ts';
import { isUnqualifiedName } from '../xml/names.ts';
import type { Version } from './version.ts';

/** Which objects of a collection are published. */
export interface Query {
  /** The text that it was made from. */
  readonly text: string;
  /** `own`: it looks at nothing but the object's own envelope and document, so that a change of one object cannot change the membership of another. */
  readonly reads: 'own' | 'full';
  /** @throws ConduitError CON-E007 when the query fails on this object: that is never a `false`, which would delete the object at the peer */
  isMember(version: Version): boolean;
}

/** A compiled XPath expression: its value as a boolean for one document, with the root element as context node. Throws anything when it fails. */
export type DocumentFilter = (document: string, variables: Readonly<Record<string, string>>) => boolean;

const everyone = 'objectValues';

/** Whether a query leaves no object out. */
export function isEveryone(text: string): boolean {
  return text.trim() === '' || text.trim() === everyone;
}

/**
 * The query that a text means: `objectValues` and the empty text are all objects, anything else is an XPath 1.0 expression on the object's own document, such
 * as `@portal_type = "Person" and starts-with($id, "a")`. `$id`, `$type` and `$gid` are the object's. A bare name is taken for the name of a query, because as
 * a path it would quietly match nothing: write `./name` for a child element.
 * @throws RequestError CON-R005 for an unknown name, CON-E007 for what is no XPath expression
 */
export function queryNamed(text: string, xpath: { readonly compile: (expression: string) => DocumentFilter }): Query {
  const expression = text.trim();
  if (isEveryone(expression)) return { text: expression, reads: 'own', isMember: () => true };
  if (isUnqualifiedName(expression))
    throw new RequestError(
      'CON-R005',
      `There is no query “${expression}”. Known are: ${everyone}, and XPath expressions`,
    );
  const filter = compiled(expression, xpath.compile);
  return {
    text: expression,
    reads: 'own',
    isMember: ({ document, id, type, gid }) => {
      try {
        return filter(document, { id, type, gid });
      } catch (cause) {
        throw new ConduitError('CON-E007', `The query ${expression} failed on the object “${id}”: ${reason(cause)}`, {
          cause,
          gid,
        });
      }
    },
  };
}

function compiled(expression: string, compile: (expression: string) => DocumentFilter): DocumentFilter {
  try {
    return compile(expression);
  } catch (cause) {
    throw new RequestError('CON-E007', `The query ${expression} is not an XPath expression: ${reason(cause)}`, {
      cause,
    });
  }
}

function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
