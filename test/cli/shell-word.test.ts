import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { shellWord } from '../../src/cli/shell-word.ts';

describe('shellWord', () => {
  it('leaves plain words alone', () => {
    expect(shellWord('/portal_repository/a-1')).toBe('/portal_repository/a-1');
  });

  it.each(['', 'a b', `it's`, '"$HOME"', '*', 'ü', 'a;b', "''"])('is read back by a shell as it was: %j', (text) => {
    const shell = spawnSync('sh', ['-c', `printf %s ${shellWord(text)}`], { encoding: 'utf8' });
    expect(shell.stdout).toBe(text);
  });
});
