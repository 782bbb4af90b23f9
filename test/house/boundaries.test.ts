import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const command = join(import.meta.dirname, '../../config/tooling/check-boundaries.js');

/** Each line: who imports what, and the rule that must speak. The imported file exists, so only the direction is wrong. */
const wrong: readonly (readonly [from: string, to: string, rule: string])[] = [
  ['src/xml/parse.ts', 'src/ports/clock.ts', 'domain-imports-domain-only'],
  ['src/errors/codes.ts', 'src/configuration/read.ts', 'domain-imports-domain-only'],
  ['src/objects/load.ts', 'node:fs', 'domain-has-no-io'],
  ['src/syncml/sync.ts', 'express', 'domain-has-no-package-but-saxes'],
  ['src/ports/store.ts', 'src/use-cases/run.ts', 'ports-import-domain-only'],
  ['src/ports/queue.ts', 'node:stream', 'ports-import-domain-only'],
  ['src/use-cases/run.ts', 'src/adapters/sqlite/store.ts', 'only-compose-imports-adapters'],
  ['src/use-cases/send.ts', 'node:http', 'use-cases-import-ports-and-domain'],
  ['src/adapters/memory/store.ts', 'src/adapters/sqlite/store.ts', 'adapter-knows-no-other-adapter'],
  ['src/adapters/http/send.ts', 'src/web/app.ts', 'adapter-knows-no-upper-layer'],
  ['src/web/app.ts', 'src/adapters/memory/queue.ts', 'only-compose-imports-adapters'],
  ['src/web/page.ts', 'src/compose/compose.ts', 'web-knows-no-process'],
  ['src/cli/sync.ts', 'src/web/app.ts', 'cli-knows-no-pages'],
  ['src/configuration/read.ts', 'src/ports/clock.ts', 'configuration-knows-no-layer'],
  ['src/conduits/column.ts', 'src/conduits/row.ts', 'no-cycle'],
  ['workers/web.ts', 'src/web/app.ts', 'workers-compose-and-wait'],
  ['skins/custom/mapping.ts', 'src/objects/load.ts', 'skins-see-the-skin-api'],
  ['src/activities/retry.ts', 'src/activities/gone.ts', 'import-exists'],
];

const right: readonly (readonly [from: string, to: string])[] = [
  ['src/xml/digest.ts', 'node:crypto'],
  ['src/xml/read.ts', 'saxes'],
  ['src/xupdate/diff.ts', 'src/xml/digest.ts'],
  ['src/ports/keyring.ts', 'src/xml/digest.ts'],
  ['src/use-cases/resolve.ts', 'src/ports/keyring.ts'],
  ['src/adapters/sqlite/rows.ts', 'src/ports/keyring.ts'],
  ['src/web/api.ts', 'src/use-cases/resolve.ts'],
  ['src/compose/stores.ts', 'src/adapters/sqlite/rows.ts'],
  ['src/cli/concord.ts', 'src/compose/stores.ts'],
  ['workers/clock.ts', 'src/compose/stores.ts'],
  ['skins/custom/page.ts', 'src/web/skin-api.ts'],
];

function isOwnFile(to: string): boolean {
  return to.includes('/');
}

function importLine(from: string, to: string): string {
  const up = '../'.repeat(from.split('/').length - 1);
  return `import ${JSON.stringify(isOwnFile(to) ? up + to : to)};\n`;
}

describe('the boundary check', () => {
  let root = '';

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'concord-boundaries-'));
    plant('package.json', JSON.stringify({ dependencies: { saxes: '1', express: '1' } }));
    for (const name of ['saxes', 'express']) {
      plant(`node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', main: 'index.js' }));
      plant(`node_modules/${name}/index.js`, '');
    }
  });

  afterEach(() => {
    rmSync(root, { recursive: true });
  });

  function plant(path: string, text: string): void {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text, { flag: 'a' });
  }

  function check(): { readonly status: number | null; readonly said: string } {
    const { status, stdout, stderr } = spawnSync(process.execPath, [command, root], { encoding: 'utf8' });
    return { status, said: stdout + stderr };
  }

  function plantTargets(imports: readonly (readonly [from: string, to: string, rule?: string])[]): void {
    for (const [, to, rule] of imports) {
      if (isOwnFile(to) && rule !== 'import-exists') plant(to, '');
    }
  }

  it('accepts imports that point inward', () => {
    for (const [from, to] of right) plant(from, importLine(from, to));
    plantTargets(right);
    expect(check()).toMatchObject({ status: 0 });
  });

  it('refuses each import that points outward, and names the rule that is broken', () => {
    for (const [from, to] of wrong) plant(from, importLine(from, to));
    plantTargets(wrong);
    plant('src/conduits/row.ts', importLine('src/conduits/row.ts', 'src/conduits/column.ts'));
    const { status, said } = check();
    expect(status).toBe(1);
    // One fault is two lines: the import, then the rule with its reason.
    const faults = said.split('boundary: ').map((fault) => fault.replaceAll('\n', ' '));
    for (const [from, to, rule] of wrong) {
      const target = to.replace('node:', '').split('/').at(-1) ?? to;
      const named = faults.some(
        (fault) => fault.startsWith(from) && fault.includes(target) && fault.includes(`${rule}:`),
      );
      expect.soft(named, `${from} -> ${to} breaks ${rule}`).toBe(true);
    }
  });

  it('refuses to judge when it sees fewer modules than there are files', () => {
    plant('src/xml/parse.ts', '');
    // The cruise does not enter a folder of this name, so the file stays unseen.
    plant('src/xml/node_modules/unseen.ts', '');
    const { status, said } = check();
    expect(status).toBe(1);
    expect(said).toContain('saw 1 modules, but src/ has 2 files');
  });
});
