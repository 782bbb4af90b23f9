import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { holdDirectory } from '../adapters/sqlite/directory-lock.ts';
import { installationFile, sitesFolder, SqliteInstallation } from '../adapters/sqlite/sqlite-installation.ts';
import { SqliteStoreCopy } from '../adapters/sqlite/sqlite-store-copy.ts';
import { RandomIdentifiers } from '../adapters/system/random-identifiers.ts';
import { systemBoots } from '../adapters/system/system-boots.ts';
import { SystemClock } from '../adapters/system/system-clock.ts';
import { forgetPlace, openMongoDb } from './store.ts';
import { withoutPassword } from './without-password.ts';
import type { Configuration } from '../configuration/configuration.ts';
import { RequestError } from '../errors/concord-error.ts';
import type { CopiedPlace, StoreTarget } from '../ports/store-copy.ts';
import { type CopiedStore, type CopyProgress, copyStore } from '../use-cases/administration/move-store.ts';

/** Says that the store is to come back into files of the data directory. */
export const filesTarget = 'sqlite:';

/** Beside the store: how far a move has come. */
const progressFile = 'moving.json';
/** Where the files are made that are to be the store. */
const newFolder = '.moving';

const progressSchema = z.object({
  to: z.string(),
  at: z.record(z.string(), z.union([z.literal('done'), z.object({ after: z.string() })])),
});
type Progress = z.infer<typeof progressSchema>;

/** What a move did: what was copied, and where the files are that are the store no longer. */
export interface MovedStore extends CopiedStore {
  readonly aside: string | undefined;
}

/**
 * Copies the store of the configuration to where `to` says, and lets the data directory belong to it from then on. Nothing may run on it. Goes on where an
 * earlier call to the same place was cut off.
 * @throws StoreError CON-D001 when a server runs on the data directory, CON-D004 when the copy is not the same
 * @throws RequestError CON-R006 when there are sites at the target, CON-R008 when the store is there already
 */
export async function moveStore(
  configuration: Configuration,
  to: string,
  onPage: (place: CopiedPlace, rows: number) => void,
): Promise<MovedStore> {
  const { data, secrets } = configuration;
  const isHere = secrets.storeUrl === undefined;
  if ((to === filesTarget) === isHere)
    throw new RequestError(
      'CON-R008',
      isHere
        ? 'The store is in files of the data directory already; --to takes the URL of a MongoDB database'
        : `The store is in MongoDB; --to ${filesTarget} brings it into files. To get it into another database, bring it into files first`,
    );
  await using _held = await holdDirectory(data, 'maintenance');
  return isHere
    ? await moveToMongoDb(configuration, to, onPage)
    : await moveToFiles(configuration, secrets.storeUrl.reveal(), onPage);
}

type OnPage = (place: CopiedPlace, rows: number) => void;

/** What was lost with the machine is known by the files only. */
async function noticePowerCut(data: string): Promise<void> {
  await using installation = new SqliteInstallation(data, { ...surroundings(), boots: systemBoots() });
  for (const { id } of await installation.sites()) await installation.site(id);
}

async function moveToMongoDb(configuration: Configuration, url: string, onPage: OnPage): Promise<MovedStore> {
  const { data } = configuration;
  if (!existsSync(join(data, installationFile))) throw new RequestError('CON-R001', `There is no store in ${data}`);
  await noticePowerCut(data);
  const copied = await (async () => {
    await using source = await SqliteStoreCopy.source(data);
    await using target = await openMongoCopy(configuration, url);
    await target.refuseFilled();
    return await copyStore(source, target, { progress: progressIn(data, withoutPassword(url)), onPage });
  })();
  const aside = join(data, `moved-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`);
  await putAside(data, aside);
  // From now on the data directory belongs to the database.
  await using _installation = await openMongoDb(configuration, surroundings(), url);
  await rm(join(data, progressFile), { force: true });
  return { ...copied, aside };
}

async function moveToFiles(configuration: Configuration, url: string, onPage: OnPage): Promise<MovedStore> {
  const { data } = configuration;
  const folder = join(data, newFolder);
  if (existsSync(join(data, installationFile)))
    throw new RequestError(
      'CON-R006',
      `There are files of a store in ${data} already: take ${installationFile} and ${sitesFolder} away`,
    );
  const copied = await (async () => {
    await using source = await openMongoCopy(configuration, url);
    await using target: StoreTarget = await SqliteStoreCopy.target(folder, random);
    return await copyStore(source, target, { progress: progressIn(data, filesTarget), onPage });
  })();
  await rename(join(folder, sitesFolder), join(data, sitesFolder));
  await rename(join(folder, installationFile), join(data, installationFile));
  await rm(folder, { recursive: true, force: true });
  await forgetPlace(data);
  await rm(join(data, progressFile), { force: true });
  return { ...copied, aside: undefined };
}

async function openMongoCopy({ store }: Configuration, url: string) {
  const { MongoConnection } = await import('../adapters/mongodb/mongo-connection.ts');
  const { MongoStoreCopy } = await import('../adapters/mongodb/mongo-store-copy.ts');
  return new MongoStoreCopy(await MongoConnection.open({ url, timeoutMs: store.timeoutMs }), random);
}

function surroundings(): { readonly identifiers: RandomIdentifiers; readonly clock: SystemClock } {
  return { identifiers: new RandomIdentifiers(), clock: new SystemClock() };
}

function random(): string {
  return new RandomIdentifiers().random();
}

async function putAside(data: string, aside: string): Promise<void> {
  await mkdir(aside, { mode: 0o700 });
  for (const name of await readdir(data))
    if (name === sitesFolder || name.startsWith(installationFile)) await rename(join(data, name), join(aside, name));
}

function progressIn(data: string, to: string): CopyProgress {
  const file = join(data, progressFile);
  const known = readProgress(file);
  let progress: Progress = known?.to === to ? known : { to, at: {} };
  return {
    at: (place) => progress.at[place],
    save: async (place, at) => {
      progress = { to, at: { ...progress.at, [place]: at } };
      await writeFile(`${file}.new`, JSON.stringify(progress), { mode: 0o600 });
      await rename(`${file}.new`, file);
    },
  };
}

function readProgress(file: string): Progress | undefined {
  if (!existsSync(file)) return undefined;
  const parsed = progressSchema.safeParse(JSON.parse(readFileSync(file, 'utf8')));
  return parsed.success ? parsed.data : undefined;
}
