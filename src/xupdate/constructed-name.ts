import type { QualifiedName } from '../xml/names.ts';
import { isUnqualifiedName, parseQualifiedName } from '../xml/names.ts';
import { XML_NAMESPACE, XMLNS_NAMESPACE } from '../xml/tree.ts';
import { namespaceIn } from './expression.ts';
import type { PrefixScope } from './modifications.ts';
import { XUpdateError } from './xupdate-error.ts';

/** A name for a new or renamed node, its namespace known. */
export interface ConstructedName extends QualifiedName {
  readonly namespace: string;
}

/**
 * The name as an element or attribute may bear it. Without `namespace` the prefix is looked up in `scope`, and an unprefixed name has no
 * namespace: the default one does not apply (xupdate.md 5.24, 5.25).
 * @throws XUpdateError `name`, `prefix`
 */
export function constructedName(name: string, scope: PrefixScope, namespace?: string): ConstructedName {
  const parsed = parseQualifiedName(name);
  if (parsed === undefined || parsed.prefix === 'xmlns' || name === 'xmlns') {
    throw new XUpdateError('name', `${JSON.stringify(name.slice(0, 100))} is no name for an element or attribute`);
  }
  const { prefix } = parsed;
  if (namespace === undefined) {
    const found = prefix === '' ? '' : namespaceIn(scope, prefix);
    if (found === undefined) throw new XUpdateError('prefix', `the prefix ${prefix} is not bound`);
    return { ...parsed, namespace: found };
  }
  if (namespace === '' && prefix !== '')
    throw new XUpdateError('prefix', `no namespace is given for the prefix ${prefix}`);
  if (namespace === XMLNS_NAMESPACE || (prefix === 'xml') !== (namespace === XML_NAMESPACE)) {
    throw new XUpdateError('prefix', `the prefix ${prefix} cannot stand for that namespace`);
  }
  return { ...parsed, namespace };
}

/** The target of a processing instruction. @throws XUpdateError `name` */
export function instructionTarget(name: string): string {
  if (isUnqualifiedName(name) && name.toLowerCase() !== 'xml') return name;
  throw new XUpdateError('name', `${JSON.stringify(name.slice(0, 100))} is no target for a processing instruction`);
}
