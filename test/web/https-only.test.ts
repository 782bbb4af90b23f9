import { describe, expect, it } from 'vitest';
import { defaultWebSettings } from '../../src/web/web-services.ts';
import { startWeb } from './web-fixture.ts';

const hsts = 'strict-transport-security';
const throughTls = { 'x-forwarded-proto': 'https' };

describe('over plain http', () => {
  it('no browser is asked to come by https, which a site in an office may not have', async () => {
    const web = await startWeb();
    for (const path of ['/healthz', '/cps/api/v1/objects', '/nowhere']) {
      const { headers } = await web.ask(path, { headers: throughTls });
      expect(headers.get(hsts)).toBeNull();
      expect(headers.get('content-security-policy')).not.toContain('upgrade-insecure-requests');
    }
  });
});

describe('over https, as a trusted proxy says', () => {
  it('browsers are asked to stay with it', async () => {
    const web = await startWeb({ settings: { ...defaultWebSettings, trustedProxies: 1 } });
    expect((await web.ask('/healthz', { headers: throughTls })).headers.get(hsts)).toBe('max-age=31536000');
    expect((await web.ask('/healthz')).headers.get(hsts)).toBeNull();
  });
});
