import { parseQualifiedName } from '../xml/names.ts';
import { XML_NAMESPACE } from '../xml/tree.ts';
import type { Expression, PrefixScope, Profile } from './modifications.ts';
import { variableKey } from './modifications.ts';
import type { Select } from './select.ts';
import { parseSelect } from './select.ts';
import { XUpdateError } from './xupdate-error.ts';

/** What a prefix stands for where the expression stands; undefined when it is not bound. */
export function namespaceIn(scope: PrefixScope, prefix: string): string | undefined {
  return prefix === 'xml' ? XML_NAMESPACE : scope.get(prefix);
}

/** A select, or for tools any expression: what is outside the peers' grammar is left to the general evaluator. */
export function readExpression(text: string, scope: PrefixScope, profile: Profile): Expression {
  if (profile === 'peer') return { text, scope, path: readPath(text, scope), variable: undefined };
  const variable = text.startsWith('$') ? readVariable(text, scope) : undefined;
  return { text, scope, path: variable === undefined ? readPathOrNothing(text, scope) : undefined, variable };
}

/** What `value-of` may name: a variable, and for tools any expression. */
export function readValueExpression(text: string, scope: PrefixScope, profile: Profile): Expression {
  const variable = text.startsWith('$') ? readVariable(text, scope) : undefined;
  if (variable !== undefined) return { text, scope, path: undefined, variable };
  if (profile === 'peer') throw new XUpdateError('select-syntax', 'a peer may select $name only in value-of');
  return readExpression(text, scope, profile);
}

function readPath(text: string, scope: PrefixScope): Select {
  return parseSelect(text, (prefix) => namespaceIn(scope, prefix));
}

// A relative path begins at the document node, as an absolute one does; nothing at all is no path.
function readPathOrNothing(text: string, scope: PrefixScope): Select | undefined {
  if (text === '') return undefined;
  try {
    return readPath(text.startsWith('/') ? text : `/${text}`, scope);
  } catch (error) {
    if (error instanceof XUpdateError && error.reason === 'select-syntax') return undefined;
    throw error;
  }
}

function readVariable(text: string, scope: PrefixScope): string | undefined {
  const parsed = parseQualifiedName(text.slice(1));
  return parsed === undefined ? undefined : readVariableName(parsed.name, scope);
}

/** The key of a variable's name. */
export function readVariableName(name: string, scope: PrefixScope): string {
  const parsed = parseQualifiedName(name);
  if (parsed === undefined) throw new XUpdateError('name', `${name} is no name for a variable`);
  const namespace = parsed.prefix === '' ? '' : namespaceIn(scope, parsed.prefix);
  if (namespace === undefined) throw new XUpdateError('prefix', `the prefix ${parsed.prefix} is not bound`);
  return variableKey(namespace, parsed.local);
}
