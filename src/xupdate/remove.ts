import type { Application } from './application.ts';
import type { Target } from './select-targets.ts';
import { XUpdateError } from './xupdate-error.ts';

/** Takes each target away with all below it; elements only at the end when removals are deferred. */
export function remove(application: Application): (target: Target) => void {
  return (target) => {
    if (target.kind === 'document') throw new XUpdateError('target-kind', 'the document cannot be removed');
    if (target.kind === 'attribute') {
      const { owner, attribute } = target;
      owner.set({ attributes: owner.attributes.filter((each) => each !== attribute) });
      return;
    }
    if (target.kind === 'element' && target.parent?.kind === 'document') {
      throw new XUpdateError('not-well-formed', 'the root element cannot be removed');
    }
    if (target.kind === 'element' && application.rules.removals === 'deferred') application.deferred.push(target);
    else application.remove(target);
  };
}
