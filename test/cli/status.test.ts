import { describe, expect, it } from 'vitest';
import { describeWaiting } from '../../src/cli/status.ts';
import type { Waiting } from '../../src/synchronization/subscription.ts';

const described = (waiting: Waiting): string => describeWaiting({ site: 'cps_client', id: 'My repository', waiting });
const handedOver = { for: 'answer', since: 0, lastAt: 0, againAt: 60_000 } as const;

describe('what concord status says of a subscription that stands still', () => {
  it('is nothing to do about a message that has just gone out, and where to look when it went out again and again', () => {
    expect(described({ ...handedOver, times: 1 })).not.toContain('Next');
    expect(described({ ...handedOver, times: 3 })).toMatch(/sent 3 times.*Next: see with concord log at the publisher/);
  });

  it('is to carry a file, or to mend an address that mail came back from', () => {
    expect(described({ ...handedOver, times: 3, where: '/stick/a.syncml' })).toContain('Carry /stick/a.syncml to');
    expect(described({ ...handedOver, times: 3, cameBack: '550 nobody' })).toMatch(
      /It came back: 550 nobody.*concord subscribe cps_client 'My repository' --publication-url/,
    );
  });

  it('is that a refused password failed, with what to do, and that an unreachable publisher is tried again', () => {
    const retry = { for: 'retry', since: 0, message: 'It was refused' } as const;
    expect(described({ ...retry, code: 'CON-A004' })).toMatch(
      /^failed since .*It was refused.*Next: .*concord subscribe/,
    );
    expect(described({ ...retry, code: 'CON-T001' })).toMatch(/^waiting to be tried again since .*Next: /);
    expect(described({ ...retry, code: 'of another version' })).toMatch(/^failed since .*\(of another version\)$/);
  });
});
