import type { XmlAttribute } from '../xml/tree.ts';
import type { Application } from './application.ts';
import type { ConstructedName } from './constructed-name.ts';
import { constructedName, instructionTarget } from './constructed-name.ts';
import type { Rename } from './modifications.ts';
import type { AttributeTarget, Target } from './select-targets.ts';
import { buildCharacters } from './template.ts';
import type { WorkingElement } from './working-tree.ts';
import { XUpdateError } from './xupdate-error.ts';

/** Gives each target the new name; content, attributes, declarations and place stay. */
export function rename(application: Application, { template, scope }: Rename): (target: Target) => void {
  const written = buildCharacters(application, template).replace(/^[ \t\n\r]+|[ \t\n\r]+$/g, '');
  return (target) => {
    switch (target.kind) {
      case 'element':
        renameElement(application, target, constructedName(written, scope));
        return;
      case 'attribute':
        renameAttribute(application, target, constructedName(written, scope));
        return;
      case 'processing-instruction':
        if (application.rules.profile === 'tool') {
          target.retarget(instructionTarget(written));
          return;
        }
        break;
      case 'document':
      case 'text':
      case 'comment':
        break;
      default:
        target satisfies never;
    }
    throw new XUpdateError('target-kind', `a node of the kind ${target.kind} has no name to change`);
  };
}

function renameElement(application: Application, target: WorkingElement, name: ConstructedName): void {
  application.spend(name.name.length * 2);
  const isUsed = target.attributes.some(({ prefix, namespace }) => usesOtherwise(name, prefix, namespace));
  declareFor(application, { target, name, isUsed, change: { ...withoutNothing(name) } });
}

function renameAttribute(application: Application, { owner, attribute }: AttributeTarget, name: ConstructedName): void {
  if (name.name === attribute.name && name.namespace === attribute.namespace) return;
  const others = owner.attributes.filter((each) => each !== attribute);
  if (others.some(({ local, namespace }) => local === name.local && namespace === name.namespace)) {
    throw new XUpdateError('attribute-exists', `the attribute ${name.name} exists already`);
  }
  application.spend(name.name.length * 2);
  const renamed: XmlAttribute = { ...withoutNothing(name), value: attribute.value };
  const attributes = owner.attributes.map((each) => (each === attribute ? renamed : each));
  const isUsed =
    usesOtherwise(name, owner.name.prefix, owner.name.namespace) ||
    others.some(({ prefix, namespace }) => usesOtherwise(name, prefix, namespace));
  declareFor(application, { target: owner, name, isUsed: name.prefix !== '' && isUsed, change: { attributes } });
}

interface Renaming {
  readonly target: WorkingElement;
  readonly name: ConstructedName;
  /** Another name on the element uses the prefix for another namespace. */
  readonly isUsed: boolean;
  readonly change: Parameters<WorkingElement['set']>[0];
}

function declareFor(application: Application, { target, name, isUsed, change }: Renaming): void {
  const declared = target.declarations.find(({ prefix }) => prefix === name.prefix);
  if (isUsed) throw new XUpdateError('prefix', `the prefix ${name.prefix} is in use for another namespace`);
  const isInScope = application.isInScope(target, [name]);
  // An attribute without prefix has no namespace whatever the default is.
  const matters = name.prefix !== '' || change.attributes === undefined;
  if (matters && declared !== undefined && declared.namespace !== name.namespace) {
    target.set({ declarations: target.declarations.filter((each) => each !== declared) });
  }
  target.set(change);
  if (matters && !isInScope) application.settle(target);
}

function usesOtherwise(name: ConstructedName, prefix: string, namespace: string): boolean {
  return prefix !== '' && prefix === name.prefix && namespace !== name.namespace;
}

function withoutNothing({ name, prefix, local, namespace }: ConstructedName): ConstructedName {
  return { name, prefix, local, namespace };
}
