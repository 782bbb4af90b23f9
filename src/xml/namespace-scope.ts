import type { XmlDeclaration } from './tree.ts';
import { NOTHING, XML_NAMESPACE, XMLNS_NAMESPACE } from './tree.ts';

/** Why a declaration is refused (Namespaces in XML 1.0, section 3 and constraint "No Prefix Undeclaring"); undefined when it is fine. */
export function declarationFault(prefix: string, namespace: string): string | undefined {
  if (prefix === 'xmlns') return 'the prefix xmlns must not be declared';
  if (namespace === XMLNS_NAMESPACE) return 'the namespace of xmlns must not be declared';
  if ((prefix === 'xml') !== (namespace === XML_NAMESPACE)) return 'the prefix xml and its namespace belong together';
  if (prefix !== '' && namespace === '') return `the prefix ${prefix} must not be undeclared`;
  return undefined;
}

/**
 * The namespaces in scope while a tree is walked. `enter` and `leave` go in pairs; an element without declarations costs one push.
 * Owns the walk's state, hence a class.
 */
export class NamespaceScope {
  readonly #bindings = new Map<string, string>();
  readonly #undo: (readonly (readonly [string, string | undefined])[])[] = [];

  /** The namespace of a prefix (`''` is the default one); undefined when the prefix is not bound. */
  resolve(prefix: string): string | undefined {
    const found = this.#bindings.get(prefix);
    if (found !== undefined) return found;
    if (prefix === '') return '';
    return prefix === 'xml' ? XML_NAMESPACE : undefined;
  }

  /** Opens an element and returns those of its declarations that change what is in scope, in the order given. */
  enter(declarations: readonly XmlDeclaration[]): readonly XmlDeclaration[] {
    if (declarations.length === 0) {
      this.#undo.push(NOTHING);
      return NOTHING;
    }
    const effective = declarations.filter(({ prefix, namespace }) => this.resolve(prefix) !== namespace);
    const undo = effective.map(({ prefix }) => [prefix, this.#bindings.get(prefix)] as const);
    for (const { prefix, namespace } of effective) this.#bindings.set(prefix, namespace);
    this.#undo.push(undo);
    return effective.length === declarations.length ? declarations : effective;
  }

  /** Closes the element opened last. */
  leave(): void {
    for (const [prefix, before] of this.#undo.pop() ?? NOTHING) {
      if (before === undefined) this.#bindings.delete(prefix);
      else this.#bindings.set(prefix, before);
    }
  }
}
