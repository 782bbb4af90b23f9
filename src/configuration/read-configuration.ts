import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { z } from 'zod';
import { ConfigurationError } from '../errors/concord-error.ts';
import type { Configuration } from './configuration.ts';
import type { Environment } from './environment.ts';
import { variables } from './environment.ts';
import { configurationSchema } from './schema.ts';
import { Secret } from './secret.ts';

/** What the command line says: it stands above file and environment. */
export interface CommandLineSettings {
  readonly data?: string | undefined;
  readonly config?: string | undefined;
  readonly host?: string | undefined;
  readonly port?: number | undefined;
}

type Sections = Record<string, Record<string, unknown>>;

/**
 * Defaults, then the operator's file (`--config`, CONCORD_CONFIG, or `concord.json` in the data directory), then the environment, then
 * the command line. Reads one file, makes none.
 * @throws ConfigurationError CON-C001, whose message lists every fault with the place where it stands
 */
export function readConfiguration(environment: Environment, commandLine: CommandLineSettings = {}): Configuration {
  const data = resolve(commandLine.data ?? setText(environment, 'CONCORD_DATA') ?? 'var');
  const named = commandLine.config ?? setText(environment, 'CONCORD_CONFIG');
  const file = named ?? join(data, 'concord.json');
  const faults: string[] = [];
  const fromFile = named !== undefined || existsSync(file) ? readFile(file, faults) : {};
  const origins = new Map<string, string>();
  const settings = withOverrides(fromFile, overrides(environment, commandLine), origins);
  const parsed = configurationSchema.safeParse(settings);
  if (!parsed.success) faults.push(...parsed.error.issues.map((issue) => describe(issue, origins, file)));
  if (faults.length > 0 || !parsed.success) throw wrongConfiguration(faults);
  const { transport, mail, queue, store, ...rest } = parsed.data;
  const { smtp, proxy: mailProxy, mailboxes, servers, ...openMail } = mail;
  const { httpProxy, httpsProxy, noProxy, ...open } = transport;
  const { url: queueUrl, ...openQueue } = queue;
  const { url: storeUrl, ...openStore } = store;
  return deepFreeze({
    ...rest,
    data,
    store: openStore,
    queue: openQueue,
    // A proxy cannot reach this machine by these names: it would reach itself.
    transport: { ...open, noProxy: [noProxy, 'localhost', '127.0.0.1', '::1'].filter((host) => host !== '').join(',') },
    mail: {
      ...openMail,
      mailboxes: mailboxes.map((mailbox) => ({ ...mailbox, url: new Secret(mailbox.url) })),
      servers: servers.map((server) => ({ ...server, smtp: new Secret(server.smtp) })),
    },
    secrets: {
      password: secret(setText(environment, 'CONCORD_PASSWORD')),
      httpProxy: secret(httpProxy),
      httpsProxy: secret(httpsProxy),
      smtp: new Secret(smtp),
      mailProxy: secret(mailProxy),
      storeUrl: secret(storeUrl),
      queueUrl: secret(queueUrl),
    },
  });
}

// A variable that is set to nothing is as good as not set: `CONCORD_PORT= npm start` is how shells take one away.
function setText(environment: Environment, name: string): string | undefined {
  const text = environment[name];
  return text === '' ? undefined : text;
}

function secret(text: string | undefined): Secret | undefined {
  return text === undefined ? undefined : new Secret(text);
}

function readFile(file: string, faults: string[]): unknown {
  try {
    // Parsed JSON is of no known shape: the schema judges it.
    return JSON.parse(readFileSync(file, 'utf8')) as unknown;
  } catch (cause) {
    faults.push(`${file}: ${cause instanceof Error ? cause.message : String(cause)}`);
    return {};
  }
}

interface Override {
  readonly section: string;
  readonly setting: string;
  readonly origin: string;
  readonly value: unknown;
}

function overrides(environment: Environment, commandLine: CommandLineSettings): readonly Override[] {
  const fromEnvironment = variables.flatMap(({ name, section, setting, isNumber }) => {
    const text = setText(environment, name);
    if (text === undefined) return [];
    // A text that is no number stays one, so that the schema names the fault.
    const value = isNumber && /^\d+$/.test(text) ? Number(text) : text;
    return [{ section, setting, origin: name, value }];
  });
  const { host, port } = commandLine;
  return [
    ...fromEnvironment,
    ...(host === undefined ? [] : [{ section: 'server', setting: 'host', origin: '--host', value: host }]),
    ...(port === undefined ? [] : [{ section: 'server', setting: 'port', origin: '--port', value: port }]),
  ];
}

function withOverrides(given: unknown, from: readonly Override[], origins: Map<string, string>): unknown {
  if (!isObject(given)) return given;
  const sections: Sections = {};
  // What is no object is left for the schema to complain of.
  for (const [name, section] of Object.entries(given))
    sections[name] = isObject(section) ? { ...section } : (section as never);
  for (const { section, setting, origin, value } of from) {
    sections[section] = { ...sections[section], [setting]: value };
    origins.set(`${section}.${setting}`, origin);
  }
  return sections;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function describe(issue: z.core.$ZodIssue, origins: ReadonlyMap<string, string>, file: string): string {
  const place = issue.path.join('.');
  const origin = origins.get(place) ?? file;
  return `${origin}: ${place === '' ? '' : `${place}: `}${issue.message}`;
}

function wrongConfiguration(faults: readonly string[]): ConfigurationError {
  const message = `The configuration has ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}:\n  ${faults.join('\n  ')}`;
  return new ConfigurationError('CON-C001', message);
}

function deepFreeze<Value extends object>(value: Value): Value {
  for (const part of Object.values(value)) {
    if (isObject(part) && !(part instanceof Secret)) deepFreeze(part);
  }
  return Object.freeze(value);
}
