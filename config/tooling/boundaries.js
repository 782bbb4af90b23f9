/**
 * Which folder may import which (house style: dependencies point inward). Rules of dependency-cruiser; each `comment` is the reason that
 * the boundary check prints beside a violation.
 */

const domain = '^src/(xml|xupdate|syncml|objects|conduits|synchronization|activities|errors)/';
const pureCore = '^(node:)?(crypto|assert|assert/strict)$';
const npmTypes = [
  'npm',
  'npm-dev',
  'npm-optional',
  'npm-peer',
  'npm-bundled',
  'npm-no-pkg',
  'npm-unknown',
  'undetermined',
];

/** A folder of adapters, the part that a rule compares by group. */
const adapter = '^src/adapters/([^/]+)/';
const compose = '^src/compose/';

/** @type {import('dependency-cruiser').IForbiddenRuleType[]} */
export const boundaries = [
  {
    name: 'no-cycle',
    comment: 'Two modules that need each other are one idea or hide a third: find the seam.',
    severity: 'error',
    from: {},
    to: { circular: true },
  },
  {
    name: 'import-exists',
    comment: 'The import leads nowhere, so no rule could judge it. Correct its path, or add the package.',
    severity: 'error',
    from: {},
    to: { couldNotResolve: true },
  },
  {
    name: 'domain-imports-domain-only',
    comment: 'The domain decides from values. What it needs from outside is fetched by a use-case, through a port.',
    severity: 'error',
    from: { path: domain },
    to: { path: '^(src|workers|bench|test|skins|config)/', pathNot: domain },
  },
  {
    name: 'domain-has-no-io',
    comment:
      'The domain is pure: of Node it may use hashing (node:crypto) and node:assert, nothing that reads, waits or reaches out.',
    severity: 'error',
    from: { path: domain },
    to: { dependencyTypes: ['core'], pathNot: pureCore },
  },
  {
    name: 'domain-has-no-package-but-saxes',
    comment: 'The domain outlives libraries. Only the parser saxes is let in; put anything else behind a port.',
    severity: 'error',
    from: { path: domain },
    to: { dependencyTypes: npmTypes, pathNot: '(^|/)node_modules/saxes/' },
  },
  {
    name: 'no-development-package-at-run-time',
    comment:
      'An installation without development packages must run. Move the package to dependencies, or import only its types.',
    severity: 'error',
    from: { path: '^(src|workers)/' },
    to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
  },
  {
    name: 'ports-import-domain-only',
    comment:
      'A port is a boundary in domain words: no driver type, no package, no decision of an upper layer appears in one.',
    severity: 'error',
    from: { path: '^src/ports/' },
    to: { pathNot: ['^src/ports/', domain] },
  },
  {
    name: 'use-cases-import-ports-and-domain',
    comment:
      'A use-case is load, decide, save. It sees ports and domain, so that every adapter and every page can serve it.',
    severity: 'error',
    from: { path: '^src/use-cases/' },
    to: { pathNot: ['^src/use-cases/', '^src/ports/', domain, pureCore] },
  },
  {
    name: 'adapter-knows-no-other-adapter',
    comment:
      'An adapter is one technology behind one port. What two of them share is domain, or a port; src/compose joins them.',
    severity: 'error',
    from: { path: adapter },
    to: { path: '^src/adapters/', pathNot: '^src/adapters/$1/' },
  },
  {
    name: 'adapter-knows-no-upper-layer',
    comment: 'An adapter serves ports; it does not know who calls it. Take what it needs as a parameter.',
    severity: 'error',
    from: { path: adapter },
    to: { path: ['^src/(web|cli|use-cases)/', '^workers/', compose] },
  },
  {
    name: 'only-compose-imports-adapters',
    comment: 'src/compose is the only place that knows adapters; everyone else takes the port.',
    severity: 'error',
    from: { path: '^(src|workers|skins)/', pathNot: ['^src/adapters/', compose] },
    to: { path: '^src/adapters/' },
  },
  {
    name: 'configuration-knows-no-layer',
    comment:
      'Configuration is read before anything is composed, and everyone may read it: it depends on the domain only.',
    severity: 'error',
    from: { path: '^src/configuration/' },
    to: { path: ['^src/(ports|use-cases|adapters|web|cli)/', '^workers/', compose] },
  },
  {
    name: 'web-knows-no-process',
    comment:
      'Pages and API are given what they serve. They neither compose it nor know the command line or the processes.',
    severity: 'error',
    from: { path: '^src/web/' },
    to: { path: ['^src/cli/', '^workers/', compose] },
  },
  {
    name: 'cli-knows-no-pages',
    comment: 'Command line and pages are equals over the same use-cases; what both need belongs there.',
    severity: 'error',
    from: { path: '^src/cli/' },
    to: { path: '^src/web/' },
  },
  {
    name: 'entry-points-compose',
    comment: 'src/compose is called where a process begins: in workers/ and in the command line.',
    severity: 'error',
    from: { path: '^src/', pathNot: ['^src/cli/', compose] },
    to: { path: ['^workers/', compose] },
  },
  {
    name: 'workers-compose-and-wait',
    comment:
      'A worker reads configuration, composes, starts, waits for a signal and closes. What it runs is handed to it by src/compose.',
    severity: 'error',
    from: { path: '^workers/' },
    to: { path: '^src/(web|cli|use-cases)/' },
  },
  {
    name: 'skins-see-the-skin-api',
    comment:
      "An operator's script must survive an upgrade: src/web/skin-api.ts is what is promised to it, nothing else.",
    severity: 'error',
    from: { path: '^skins/' },
    to: { path: '^(src|workers)/', pathNot: '^src/web/skin-api\\.ts$' },
  },
];
