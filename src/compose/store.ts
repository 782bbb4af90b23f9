import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { Checkpointer } from '../adapters/sqlite/checkpointer.ts';
import { installationFile, SqliteInstallation, vaultFile } from '../adapters/sqlite/sqlite-installation.ts';
import { bearWaiting } from '../adapters/system/bear-waiting.ts';
import { KeyFileVault } from '../adapters/system/key-file-vault.ts';
import type { Configuration } from '../configuration/configuration.ts';
import type { ConcordError } from '../errors/concord-error.ts';
import type { ReportFault } from './log.ts';
import { ConfigurationError, RequestError } from '../errors/concord-error.ts';
import type { Boots } from '../ports/boots.ts';
import type { Clock } from '../ports/clock.ts';
import type { Identifiers } from '../ports/identifiers.ts';
import type { Installation } from '../ports/installation.ts';

/** In a data directory whose sites are in a database elsewhere: of which installation they are. */
const placeFile = 'store.json';

const placeSchema = z.object({ installation: z.string().min(1), place: z.string() });

interface Surroundings {
  readonly identifiers: Identifiers;
  readonly clock: Clock;
  readonly boots?: Boots;
}

/** How the sites are opened. */
export interface StoreOpening {
  /** It is also opened where nothing can be written, and that is told. */
  readonly onReadOnly?: ((cause: ConcordError) => void) | undefined;
  /** For a process that runs until it is stopped: what its commits would have to wait for is done beside them, and this is told when that fails. */
  readonly reportFault?: ReportFault | undefined;
}

/**
 * Opens the sites where the configuration says they are: in files of the data directory, or in a MongoDB database, whose driver is loaded only then.
 * @throws ConfigurationError CON-C001, StoreError CON-D008 (`later`) or CON-D009 when the database cannot be used
 * @throws ConfigurationError CON-D010 when store and data directory do not belong together
 */
export async function openInstallation(
  configuration: Configuration,
  surroundings: Surroundings,
  { onReadOnly, reportFault }: StoreOpening = {},
): Promise<Installation> {
  const { data, store, secrets } = configuration;
  const remembered = readPlace(data);
  const url = secrets.storeUrl?.reveal();
  if (url === undefined) {
    if (remembered !== undefined) throw storeIsElsewhere(data, remembered.place);
    const { timeoutMs: _timeoutMs, ...options } = store;
    const checkpointer = reportFault && new Checkpointer((fault) => reportFault(fault, { part: 'store' }));
    return new SqliteInstallation(data, surroundings, { ...options, onReadOnly, checkpointer });
  }
  if (remembered === undefined) await refuseSites(data, surroundings);
  return openMongoDb(configuration, surroundings, url);
}

/** Opens the sites in a MongoDB database for a data directory, which remembers it. */
export async function openMongoDb(
  { data, store }: Pick<Configuration, 'data' | 'store'>,
  surroundings: Surroundings,
  url: string,
): Promise<Installation> {
  const { MongoConnection } = await import('../adapters/mongodb/mongo-connection.ts');
  const { MongoInstallation } = await import('../adapters/mongodb/mongo-installation.ts');
  const connection = await MongoConnection.open({ url, timeoutMs: store.timeoutMs });
  const { place } = connection;
  bearWaiting();
  try {
    const installation = await MongoInstallation.open(connection, surroundings, async (id) => {
      await rememberPlace(data, { installation: id, place });
    });
    const known = readPlace(data);
    if (known !== undefined && known.installation !== installation.id) {
      const message = `${place} is the store of another installation than ${data} belongs to`;
      throw new ConfigurationError('CON-D010', message);
    }
    await compareKeys(installation, data, place);
    if (known === undefined) await rememberPlace(data, { installation: installation.id, place });
    return installation;
  } catch (error) {
    await connection[Symbol.asyncDispose]();
    throw error;
  }
}

/** Lets the sites of a data directory be in its files again. */
export async function forgetPlace(data: string): Promise<void> {
  await rm(join(data, placeFile), { force: true });
}

/** @throws RequestError CON-R008 when the store is one that has tools of its own for backups */
export function refuseBackups({ secrets }: Configuration): void {
  if (secrets.storeUrl === undefined) return;
  throw new RequestError(
    'CON-R008',
    'The store is in MongoDB. Stop all processes, bring the database back with the tools it was saved with (mongorestore, or a snapshot), then run `concord doctor --new-identity`: by the new epoch peers see that the log was put back',
  );
}

/** All machines need the one key that peers' passwords are sealed with. */
async function compareKeys(installation: Installation, data: string, place: string): Promise<void> {
  const expected = await installation.setting(vaultFile);
  const file = join(data, vaultFile);
  if (expected !== undefined && !existsSync(file)) throw otherKey(file, place);
  // Makes the key, where there is none.
  new KeyFileVault(file).seal('');
  const own = createHash('sha256').update(readFileSync(file)).digest('base64url');
  if (expected === undefined) await installation.saveSetting(vaultFile, own);
  else if (expected !== own) throw otherKey(file, place);
}

function otherKey(file: string, place: string): ConfigurationError {
  const message = `The passwords in ${place} are sealed with another key than ${file}: copy that file from a machine that has used this store`;
  return new ConfigurationError('CON-D010', message);
}

async function refuseSites(data: string, surroundings: Surroundings): Promise<void> {
  if (!existsSync(join(data, installationFile))) return;
  await using own = new SqliteInstallation(data, surroundings);
  if ((await own.sites()).length === 0) return;
  const message = `${data} holds sites of its own, which would not be seen: \`concord move-store --to URL\` brings them into the database first`;
  throw new ConfigurationError('CON-D010', message);
}

function storeIsElsewhere(data: string, place: string): ConfigurationError {
  const message = `The sites of ${data} are in the database ${place}, and store.url (CONCORD_STORE_URL) is not set`;
  return new ConfigurationError('CON-D010', message);
}

function readPlace(data: string): z.infer<typeof placeSchema> | undefined {
  const file = join(data, placeFile);
  if (!existsSync(file)) return undefined;
  try {
    return placeSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    throw new ConfigurationError('CON-D010', `${file} cannot be read`, { cause });
  }
}

async function rememberPlace(data: string, place: z.infer<typeof placeSchema>): Promise<void> {
  const file = join(data, placeFile);
  await writeFile(`${file}.new`, `${JSON.stringify(place)}\n`, { mode: 0o600, flush: true });
  await rename(`${file}.new`, file);
}
