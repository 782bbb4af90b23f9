import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readConfiguration } from '../../src/configuration/read-configuration.ts';
import { ConfigurationError } from '../../src/errors/concord-error.ts';
import { defaultXmlLimits } from '../../src/xml/limits.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'concord-configuration-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function writeSettings(settings: unknown, name = 'concord.json'): string {
  const file = join(folder, name);
  writeFileSync(file, typeof settings === 'string' ? settings : JSON.stringify(settings));
  return file;
}

function faultOf(read: () => unknown): ConfigurationError {
  try {
    read();
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
  }
  return expect.unreachable('the configuration was accepted');
}

describe('readConfiguration', () => {
  it('needs no file and no variable', () => {
    const configuration = readConfiguration({}, { data: folder });
    expect(configuration.server).toMatchObject({ host: '127.0.0.1', port: 9673 });
    expect(configuration.sync).toMatchObject({
      messageOctets: 1024 * 1024,
      deletionBrake: { objects: 20, percent: 10 },
    });
    expect(configuration.store.flush).toBe('normal');
    expect(configuration.data).toBe(folder);
  });

  it('has the limits for XML that the parser has by itself', () => {
    expect(readConfiguration({}, { data: folder }).xml).toEqual(defaultXmlLimits);
  });

  it('puts the file above the defaults, the environment above the file, the command line above all', () => {
    writeSettings({ server: { port: 1001, host: 'file' }, transport: { timeoutMs: 5000 } });
    const environment = { CONCORD_DATA: folder, CONCORD_PORT: '1002', CONCORD_HOST: 'environment' };
    const { server, transport } = readConfiguration(environment, { port: 1003 });
    expect(server).toMatchObject({ host: 'environment', port: 1003 });
    expect(transport.timeoutMs).toBe(5000);
  });

  it('reads the file that --config names instead of that in the data directory', () => {
    writeSettings({ server: { port: 1 } });
    const config = writeSettings({ server: { port: 2 } }, 'other.json');
    expect(readConfiguration({}, { data: folder, config }).server.port).toBe(2);
  });

  it('takes a variable that is set to nothing for one that is not set', () => {
    expect(readConfiguration({ CONCORD_PORT: '', CONCORD_DATA: '' }, { data: folder }).server.port).toBe(9673);
  });

  it('lists every fault with the place where it stands', () => {
    const file = writeSettings({ server: { prot: 1 }, store: { flush: 'sometimes' }, sync: { messageOctets: 'many' } });
    const fault = faultOf(() => readConfiguration({ CONCORD_PORT: 'x' }, { data: folder }));
    expect(fault.code).toBe('CON-C001');
    expect(fault.message).toMatch(/4 faults/);
    expect(fault.message).toMatch(/CONCORD_PORT: server\.port/);
    expect(fault.message).toContain(`${file}: store.flush`);
    expect(fault.message).toContain(`${file}: sync.messageOctets`);
    expect(fault.message).toContain('prot');
  });

  it('names a file that is missing or is no JSON', () => {
    expect(faultOf(() => readConfiguration({}, { data: folder, config: join(folder, 'none') })).message).toContain(
      'none',
    );
    writeSettings('{');
    expect(faultOf(() => readConfiguration({}, { data: folder })).message).toContain('concord.json');
    writeSettings('[]');
    expect(faultOf(() => readConfiguration({}, { data: folder })).message).toContain('expected object');
  });

  it('reaches the own machine without proxy, whatever else it is told', () => {
    expect(readConfiguration({ NO_PROXY: 'intranet' }, { data: folder }).transport.noProxy).toBe(
      'intranet,localhost,127.0.0.1,::1',
    );
    expect(readConfiguration({}, { data: folder }).transport.noProxy).toBe('localhost,127.0.0.1,::1');
  });

  it('cannot be changed', () => {
    const configuration = readConfiguration({}, { data: folder });
    expect(Object.isFrozen(configuration)).toBe(true);
    expect(Object.isFrozen(configuration.sync.deletionBrake)).toBe(true);
  });

  it('never prints a secret', () => {
    const environment = { CONCORD_PASSWORD: 'hunter:2', HTTPS_PROXY: 'http://u:hunter2@proxy:3128' };
    const configuration = readConfiguration(environment, { data: folder });
    expect(`${JSON.stringify(configuration)}${inspect(configuration, { depth: 9 })}`).not.toContain('hunter');
    expect(configuration.secrets.password?.reveal()).toBe('hunter:2');
    expect(configuration.secrets.httpsProxy?.reveal()).toBe('http://u:hunter2@proxy:3128');
  });
});
