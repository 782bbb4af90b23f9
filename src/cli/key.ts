import type { Command } from 'commander';
import { z } from 'zod';
import { RequestError } from '../errors/concord-error.ts';
import type { ShownKey } from '../use-cases/administration/keys.ts';
import {
  exportKey,
  importKey,
  listKeys,
  makeKey,
  revokeKey,
  rotateKey,
  trustKey,
} from '../use-cases/administration/keys.ts';
import type { Call, CommandActions } from './command-action.ts';
import { openInput } from './file-input.ts';
import { operator, withSite } from './open-site.ts';
import { wholeNumber } from './option-values.ts';
import { readPassword } from './password.ts';
import { shellWord } from './shell-word.ts';
import { formatTable, formatTime } from './table.ts';

const place = { site: z.string(), name: z.string() };
const makeInput = z.object({ ...place, email: z.string().optional(), expiresAfter: z.number().optional() });
const importInput = z.object({
  site: z.string(),
  file: z.string(),
  name: z.string().optional(),
  passphrase: z.boolean().default(false),
});
const trustInput = z.object({ ...place, account: z.string().optional(), subscription: z.string().optional() });

const nameArgument: readonly [string, string] = ['<name>', 'its name or fingerprint'];

/** `concord key make|import|export|list|trust|rotate|revoke`. */
export function registerKey(program: Command, actions: CommandActions): void {
  const key = program.command('key').description('OpenPGP keys of a site, which seal the messages of its syncs');
  for (const [word, description] of [
    ['make', 'make a key of the site’s own, for --key of publish and subscribe'],
    ['rotate', 'make the next key of a name; the one before goes on beside it until it is revoked'],
  ] as const)
    key
      .command(word)
      .description(description)
      .argument('<site>', 'the site')
      .argument('<name>', 'what it is called')
      .option('--email <address>', 'an address to stand in it')
      .option('--expires-after <days>', 'after so many days it is good no more; never, if not said', wholeNumber(1))
      .action(actions.action(makeInput, (input, call) => makeOrRotate(word, input, call)));
  key
    .command('import')
    .description('take in a key, armored: a peer’s public one, or an own private one')
    .argument('<site>', 'the site')
    .argument('<file>', 'the file, or - for the standard input')
    .option('--name <name>', 'what it is called here; its user id, if not said')
    .option('--passphrase', 'it has a passphrase, which is asked for, or CONCORD_PASSWORD')
    .action(actions.action(importInput, take));
  key
    .command('export')
    .description('print a public key, armored, to be given to peers')
    .argument('<site>', 'the site')
    .argument(...nameArgument)
    .action(actions.action(z.object(place), give));
  key
    .command('list')
    .description('list the keys')
    .argument('<site>', 'the site')
    .action(actions.action(z.object({ site: z.string() }), list));
  key
    .command('trust')
    .description('say whose key it is; compare its fingerprint with them first, by telephone for example')
    .argument('<site>', 'the site')
    .argument(...nameArgument)
    .option('--account <name>', 'of who subscribes here with this account')
    .option('--subscription <id>', 'of the publisher of this subscription')
    .action(actions.action(trustInput, trust));
  key
    .command('revoke')
    .description('nothing that it signs counts any more, and nothing is signed with it')
    .argument('<site>', 'the site')
    .argument(...nameArgument)
    .action(actions.action(z.object(place), revoke));
}

async function makeOrRotate(
  word: 'make' | 'rotate',
  { site, name, email, expiresAfter: expiresAfterDays }: z.infer<typeof makeInput>,
  call: Call,
): Promise<undefined> {
  await withSite(call, site, async (context) => {
    const key = await (word === 'make' ? makeKey : rotateKey)(context, operator, { name, email, expiresAfterDays });
    const next = `Next: concord key export ${site} ${shellWord(name)}, and at the peer concord key import and key trust`;
    const until = word === 'make' ? '' : `When all peers have it, revoke the one before by its fingerprint.\n`;
    call.print(key, `Key ${name}, fingerprint ${inGroups(key.fingerprint)}\n${until}${next}\n`);
  });
  return undefined;
}

async function take({ site, file, name, passphrase }: z.infer<typeof importInput>, call: Call): Promise<undefined> {
  const input = await openInput(call, file);
  if (input.kind === 'folder') throw new RequestError('CON-R014', `${file} is a folder: give one key at a time`);
  const text = Buffer.from(await input.read()).toString('utf8');
  const question = 'Passphrase of the key:';
  const secret = passphrase ? await readPassword(call, { passwordStdin: false, question }) : undefined;
  await withSite(call, site, async (context) => {
    const key = await importKey(context, operator, { text, name, passphrase: secret });
    const next = key.isOwn
      ? ''
      : `It is trusted for nothing yet. Next: compare the fingerprint with its owner, then concord key trust ${site} ${key.fingerprint}\n`;
    call.print(key, `Key ${key.name}, fingerprint ${inGroups(key.fingerprint)}\n${next}`);
  });
  return undefined;
}

async function give({ site, name }: { readonly site: string; readonly name: string }, call: Call): Promise<undefined> {
  const publicKey = await withSite(call, site, (context) => exportKey(context, name));
  call.print({ publicKey }, publicKey);
  return undefined;
}

async function list({ site }: { readonly site: string }, call: Call): Promise<undefined> {
  const keys = await withSite(call, site, listKeys);
  const rows = keys.map((key) => [
    key.name,
    key.isOwn ? 'own' : 'of a peer',
    stateOf(key),
    key.owners.join(', '),
    key.fingerprint,
  ]);
  const table = formatTable(['name', 'kind', 'state', 'belongs to', 'fingerprint'], rows);
  call.print(keys, keys.length === 0 ? `No keys. Next: concord key make ${site} NAME\n` : table);
  return undefined;
}

function stateOf({ revokedAt, expiresAt }: ShownKey): string {
  if (revokedAt !== undefined) return `revoked ${formatTime(revokedAt)}`;
  return expiresAt === undefined ? 'good' : `good until ${formatTime(expiresAt)}`;
}

async function trust(
  { site, name, account, subscription }: z.infer<typeof trustInput>,
  call: Call,
): Promise<undefined> {
  const owners = [
    ...(account === undefined ? [] : [`account:${account}` as const]),
    ...(subscription === undefined ? [] : [`subscription:${subscription}` as const]),
  ];
  const [owner] = owners;
  if (owner === undefined || owners.length > 1)
    throw new RequestError('CON-C003', 'Say whose key it is: either --account or --subscription');
  await withSite(call, site, async (context) => {
    const key = await trustKey(context, operator, { name, owner });
    call.print(key, `Key ${inGroups(key.fingerprint)} belongs to ${key.owners.join(', ')}\n`);
  });
  return undefined;
}

async function revoke(
  { site, name }: { readonly site: string; readonly name: string },
  call: Call,
): Promise<undefined> {
  await withSite(call, site, async (context) => {
    const revoked = await revokeKey(context, operator, name);
    const told = revoked.key.isOwn ? `. Give peers the revocation, to import:\n${revoked.publicKey}` : '';
    call.print(revoked, `Key ${inGroups(revoked.key.fingerprint)} is revoked${told}\n`);
  });
  return undefined;
}

/** As people compare them. */
function inGroups(fingerprint: string): string {
  return fingerprint.toUpperCase().replace(/(.{4})(?=.)/g, '$1 ');
}
