import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { variables } from '../../src/configuration/environment.ts';
import { readConfiguration } from '../../src/configuration/read-configuration.ts';

const root = join(import.meta.dirname, '../..');
const folder = join(root, 'deploy');
const read = (...names: readonly string[]): string => readFileSync(join(root, ...names), 'utf8');

const serviceSchema = z.looseObject({
  command: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.string()).optional(),
  volumes: z.array(z.string()).optional(),
  networks: z.array(z.string()).optional(),
  depends_on: z.unknown().optional(),
  deploy: z.object({ replicas: z.int() }).optional(),
  ports: z.array(z.string()).optional(),
  stop_grace_period: z.string().optional(),
  healthcheck: z.looseObject({ test: z.array(z.string()) }).optional(),
});
const composeSchema = z.looseObject({
  services: z.record(z.string(), serviceSchema),
  volumes: z.record(z.string(), z.unknown()),
  networks: z.record(z.string(), z.unknown()),
});

/** The example, with what it says once for several services in each of them. */
const compose = composeSchema.parse(parse(read('deploy', 'compose.yaml'), { merge: true, strict: true }));
const services = Object.entries(compose.services);

describe('the example of an installation on several processes', () => {
  it('runs each process of the Procfile, by its command', () => {
    const lines = [...read('Procfile').matchAll(/^(\w+): (.*)$/gm)].map(([, name = '', command = '']) => ({
      name,
      command,
    }));
    expect(lines.length).toBeGreaterThan(3);
    for (const { name, command } of lines) expect(compose.services[name]?.command?.join(' ')).toBe(command);
  });

  it('has 2 web and 4 worker processes behind a balancer, on a replica set', () => {
    expect(compose.services['web']?.deploy?.replicas).toBe(2);
    expect(compose.services['worker']?.deploy?.replicas).toBe(4);
    expect(services.filter(([name]) => name.startsWith('mongo'))).toHaveLength(3);
    for (const [name, { command = [] }] of services)
      if (name.startsWith('mongo')) expect(command.join(' ')).toContain('--replSet concord');
  });

  it('gives Concord settings that it knows and takes', () => {
    const known = new Set(['CONCORD_DATA', ...variables.map(({ name }) => name)]);
    for (const [, { environment = {} }] of services) {
      expect(Object.keys(environment).filter((name) => !known.has(name))).toEqual([]);
      expect(() => readConfiguration({ ...environment, CONCORD_DATA: join(root, 'var') })).not.toThrow();
    }
  });

  it('serves at one port from Concord to the address that is told', () => {
    const { port } = readConfiguration({ CONCORD_DATA: join(root, 'var') }).server;
    const balancer = read('deploy', 'balancer.cfg');
    const [, taken] = /^\s*bind :(\d+)$/m.exec(balancer) ?? [];
    const replicas = compose.services['web']?.deploy?.replicas ?? 0;
    const [, room, behind] = /^\s*server-template web (\d+) web:(\d+) /m.exec(balancer) ?? [];
    expect(Number(behind)).toBe(port);
    expect(Number(room)).toBeGreaterThanOrEqual(replicas);
    expect(read('deploy', 'Dockerfile')).toMatch(new RegExp(`^EXPOSE ${port}$`, 'm'));
    const [published = ''] = compose.services['balancer']?.ports ?? [];
    expect(published).toMatch(new RegExp(`^127\\.0\\.0\\.1:\\d+:${taken}$`));
    expect(read('docs', 'operations.md')).toContain(`port ${published.split(':')[1]} of this machine`);
    const check = JSON.stringify(compose.services['web']?.healthcheck?.test);
    expect(check).toContain(`127.0.0.1:${port}/healthz`);
    expect(balancer).toMatch(/httpchk GET \/healthz$/m);
    expect(read('src', 'web', 'operations.ts')).toContain("'/healthz'");
  });

  it('lets a process end what it does before it is killed', () => {
    for (const name of ['web', 'worker', 'mail', 'clock']) {
      const [, seconds] = /^(\d+)s$/.exec(compose.services[name]?.stop_grace_period ?? '') ?? [];
      // workers/run-until-stopped.ts ends by itself then.
      const [, graceMs = ''] = /^const graceMs = ([\d_]+);$/m.exec(read('workers', 'run-until-stopped.ts')) ?? [];
      expect(Number(seconds) * 1000).toBeGreaterThan(Number(graceMs.replaceAll('_', '')));
    }
  });

  it('is told of with commands, options and settings that there are', () => {
    const text = read('docs', 'operations.md');
    const commands = read('docs', 'guide', 'commands.md');
    const called = [...text.matchAll(/(?:npx |web )?\bconcord ((?:[a-z]+[a-z-]* ?)+)([^`\n]*)/g)].filter(
      ([all]) => /^npx|^web/.test(all) || text.includes(`\`${all}`),
    );
    expect(called.length).toBeGreaterThan(5);
    for (const [, words = '', rest = ''] of called) {
      const [name = ''] = words.split(' ');
      expect(commands, words).toMatch(new RegExp(`^## concord ${name}\\b`, 'm'));
      for (const [option] of rest.matchAll(/--[a-z-]+/g)) expect(commands, `${name} ${option}`).toContain(option);
    }
    const settings = read('docs', 'guide', 'configuration.md');
    for (const [, name = ''] of text.matchAll(/`((?:store|queue|server|activities|watch|xml|sync)\.[a-zA-Z.]+)`/g))
      expect(settings).toContain(`\`${name}\``);
    const known = new Set(['CONCORD_DATA', 'CONCORD_KILLS', ...variables.map(({ name }) => name)]);
    for (const [name] of text.matchAll(/\bCONCORD_[A-Z_]+/g)) expect(known).toContain(name);
  });

  it('has a Redis that forgets nothing', () => {
    const command = compose.services['redis']?.command?.join(' ');
    expect(command).toContain('--appendonly yes');
    expect(command).toContain('--maxmemory-policy noeviction');
  });

  it('names only volumes, networks, services and files that it has', () => {
    for (const [, { volumes = [], networks = [], depends_on: needs = [] }] of services) {
      for (const [source = ''] of volumes.map((volume) => volume.split(':')))
        expect(source.startsWith('./') ? existsSync(join(folder, source)) : source in compose.volumes).toBe(true);
      for (const network of networks) expect(compose.networks).toHaveProperty(network);
      const named = Array.isArray(needs)
        ? needs.map(String)
        : Object.keys(z.record(z.string(), z.unknown()).parse(needs));
      for (const name of named) expect(compose.services).toHaveProperty(name);
    }
  });

  it('copies into its image only what is there, and what its processes start from', () => {
    const copied = [...read('deploy', 'Dockerfile').matchAll(/^COPY --from=built \/app\/(\S+)/gm)].map(
      ([, name = '']) => name,
    );
    expect(copied).toEqual(expect.arrayContaining(['package.json', 'node_modules', 'dist', 'skins']));
    const made = new Set(['node_modules', 'dist']);
    expect(copied.filter((name) => !made.has(name) && !existsSync(join(root, name)))).toEqual([]);
  });
});
