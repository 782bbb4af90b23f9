import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { cruise } from 'dependency-cruiser';
import { boundaries } from './boundaries.js';

/** What has boundaries; tests and benchmarks may import anything. */
const judged = ['src', 'workers', 'skins'];

/** How many TypeScript files a folder holds, itself and below. */
function countSources(folder) {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true });
  return files.filter((file) => file.isFile() && file.name.endsWith('.ts')).length;
}

/**
 * Judges the imports of the tree at `root`. Returns one line for each fault: a violation with the reason of its rule, or the checker's own
 * blindness. A compiler that dependency-cruiser cannot drive makes it see no module and find no fault, hence the count.
 */
export async function findBoundaryFaults(root) {
  const folders = judged.filter((folder) => existsSync(join(root, folder)));
  const { output } = await cruise(folders, {
    baseDir: root,
    ruleSet: { forbidden: boundaries },
    validate: true,
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
  });
  const seen = output.modules.filter((module) => module.source.startsWith('src/')).length;
  const present = countSources(join(root, 'src'));
  const blindness = `the check saw ${seen} modules, but src/ has ${present} files: nothing it says can be believed`;
  return {
    seen,
    faults: [...(seen < present ? [blindness] : []), ...output.summary.violations.map(describeViolation)],
  };
}

function describeViolation({ from, to, cycle, rule }) {
  const reason = boundaries.find((boundary) => boundary.name === rule.name)?.comment ?? '';
  const path = cycle ? [from, ...cycle.map((step) => step.name)].join(' -> ') : `${from} -> ${to}`;
  return `${path}\n    ${rule.name}: ${reason}`;
}
