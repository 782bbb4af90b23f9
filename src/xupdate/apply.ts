import { exceededByGrowth } from '../xml/exceeded-limit.ts';
import { defaultXmlLimits } from '../xml/limits.ts';
import type { XmlLimits } from '../xml/limits.ts';
import type { XmlDocument } from '../xml/tree.ts';
import { append } from './append.ts';
import type { ApplyRules } from './application.ts';
import { Application, isAttached } from './application.ts';
import type { EvaluateXPath } from './evaluate-xpath.ts';
import { isTaken } from './if.ts';
import { insertAfter } from './insert-after.ts';
import { insertBefore } from './insert-before.ts';
import type { If, Instruction, Modifications, Profile, Variable } from './modifications.ts';
import { remove } from './remove.ts';
import { rename } from './rename.ts';
import type { Target } from './select-targets.ts';
import { selectTargets } from './select-targets.ts';
import { update } from './update.ts';
import { bindVariable } from './variable.ts';
import { WorkingDocument } from './working-tree.ts';
import { XUpdateError } from './xupdate-error.ts';

/** How modifications are applied; peer rules unless said otherwise. */
export interface ApplyOptions {
  readonly profile?: Profile;
  /** What a select that finds nothing means in an operator's file; always refused from peers. */
  readonly onEmpty?: 'refuse' | 'skip';
  /** `deferred`: elements are removed at the end, as files made by erp5diff expect. */
  readonly removals?: 'at-once' | 'deferred';
  /** Answers what is outside the small grammar; without it such selects are refused. */
  readonly evaluate?: EvaluateXPath;
  readonly limits?: XmlLimits;
}

/**
 * The document with the modifications applied in sequence, each seeing what the ones before it did. All or nothing: the document that was
 * given is never changed.
 * @throws XUpdateError naming reason, instruction, line and select
 */
export function applyModifications(
  document: XmlDocument,
  modifications: Modifications,
  options: ApplyOptions = {},
): XmlDocument {
  const rules: ApplyRules = {
    profile: options.profile ?? 'peer',
    onEmpty: options.profile === 'tool' ? (options.onEmpty ?? 'refuse') : 'refuse',
    removals: options.removals ?? 'at-once',
    evaluate: options.profile === 'tool' ? options.evaluate : undefined,
    limits: options.limits ?? defaultXmlLimits,
  };
  const application = new Application(new WorkingDocument(document), rules);
  try {
    runAll(application, modifications.instructions);
  } catch (error) {
    throw error instanceof XUpdateError ? error.inLine(modifications.lineOf) : error;
  }
  for (const node of application.deferred) if (isAttached(node)) application.remove(node);
  application.mergeTexts();
  const changed = application.document.freeze();
  // What each instruction made was counted, but not what was there before: together they could be more than can be read again.
  const exceeded = exceededByGrowth(changed, { from: document, ...application.made }, rules.limits);
  if (exceeded !== undefined) throw new XUpdateError('limit', `the document would have ${exceeded}`);
  return changed;
}

function runAll(application: Application, instructions: readonly Instruction[]): void {
  for (const instruction of instructions) {
    try {
      run(application, instruction);
    } catch (error) {
      if (!(error instanceof XUpdateError)) throw error;
      throw error.at({ instruction: instruction.number, select: instruction.select.text });
    }
  }
}

function run(application: Application, instruction: Instruction): void {
  if (instruction.kind === 'variable') {
    bindVariable(application, instruction);
    return;
  }
  if (instruction.kind === 'if') {
    if (isTaken(application, instruction)) runAll(application, instruction.instructions);
    return;
  }
  const targets = selectTargets(application, instruction.select);
  if (targets.length === 0) {
    if (application.rules.onEmpty === 'skip') return;
    throw new XUpdateError('select-empty', 'the select finds nothing');
  }
  const act = action(application, instruction);
  for (const target of targets) if (isThere(target)) act(target);
  application.mergeTexts();
}

function isThere(target: Target): boolean {
  if (target.kind === 'document') return true;
  if (target.kind !== 'attribute') return isAttached(target);
  return isAttached(target.owner) && target.owner.attributes.includes(target.attribute);
}

function action(application: Application, instruction: Exclude<Instruction, Variable | If>): (target: Target) => void {
  switch (instruction.kind) {
    case 'append':
      return append(application, instruction);
    case 'insert-before':
      return insertBefore(application, instruction);
    case 'insert-after':
      return insertAfter(application, instruction);
    case 'update':
      return update(application, instruction);
    case 'remove':
      return remove(application);
    case 'rename':
      return rename(application, instruction);
    default:
      return instruction satisfies never;
  }
}
