import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { z } from 'zod';
import { RequestError } from '../errors/concord-error.ts';
import type { Call, CommandActions } from './command-action.ts';
import type { ExitCode } from './report-error.ts';

/** Of sysexits.h, as mail servers read them: bounce, or keep the mail and come again. */
const exits = { dataError: 65, temporaryFailure: 75 } as const;
const timeoutMs = 5 * 60_000;

const input = z.object({ url: z.string(), passwordFile: z.string().optional() });

/** `concord mail-in [--password-file FILE] URL < message`. */
export function registerMailIn(program: Command, actions: CommandActions): void {
  const command = program
    .command('mail-in')
    .description('give a mail from the standard input to a site; for an alias of the mail server')
    .argument('<url>', 'http://user@host:9673/SITE/portal_mailin/')
    .option(
      '--password-file <file>',
      'read the password from a file, or else from CONCORD_PASSWORD; one in the address, user:password@, can be read by all who are signed in to the machine',
    )
    .action(actions.action(input, run, exits.temporaryFailure));
  // Mail servers bounce for all codes that they take for lasting: an alias or a configuration that is mistyped must lose no mail.
  actions.failOnlyWith(command, exits.temporaryFailure);
}

async function run({ url, passwordFile }: z.infer<typeof input>, call: Call): Promise<ExitCode | undefined> {
  const { address, user, password } = readAddress(url);
  const authorization = user === '' ? {} : basic(user, await passwordOf(call, { password, passwordFile }));
  const mail = await call.terminal.readInput();
  const answer = await fetch(address, {
    method: 'POST',
    headers: { 'Content-Type': 'message/rfc822', ...authorization },
    body: Buffer.from(mail),
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
  }).catch((cause: unknown) => {
    const why = cause instanceof Error && cause.cause instanceof Error ? cause.cause.message : String(cause);
    call.terminal.complain(`The site cannot be reached at ${address.origin}: ${why}. Bring the mail again\n`);
    return undefined;
  });
  if (answer === undefined) return exits.temporaryFailure;
  const text = await answer.text();
  if (answer.ok) {
    call.print({ outcome: text.trim() }, text);
    return undefined;
  }
  call.terminal.complain(`The site answered ${answer.status}: ${text}\n`);
  // The sender is told only of what the sender can do something about. All else is ours to mend, and no mail is lost meanwhile.
  return answer.status === 422 ? exits.dataError : exits.temporaryFailure;
}

function basic(user: string, password: string): Readonly<Record<string, string>> {
  return { Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
}

/** That of the file, else that of the address, else that of the environment. @throws RequestError CON-R014 when the file cannot be read */
async function passwordOf(
  call: Call,
  { password, passwordFile }: { readonly password: string; readonly passwordFile: string | undefined },
): Promise<string> {
  if (passwordFile === undefined)
    return password === '' ? (call.configuration().secrets.password?.reveal() ?? '') : password;
  try {
    return (await readFile(passwordFile, 'utf8')).replace(/\r?\n$/, '');
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new RequestError('CON-R014', `The password file cannot be read: ${why}`, { cause });
  }
}

interface Address {
  readonly address: URL;
  /** Empty where none is named. */
  readonly user: string;
  readonly password: string;
}

function readAddress(text: string): Address {
  const address = URL.canParse(text) ? new URL(text) : undefined;
  if (address?.protocol !== 'http:' && address?.protocol !== 'https:')
    // Not quoted: there may be a password in it.
    throw new RequestError('CON-R008', 'This is no address such as http://user@localhost:9673/cps/portal_mailin/');
  const { username, password } = address;
  address.username = '';
  address.password = '';
  return { address, user: decoded(username), password: decoded(password) };
}

/** A percent sign that begins no code stands for itself: passwords have such. */
function decoded(part: string): string {
  return part.replace(/(?:%[\da-f]{2})+/gi, (codes) => {
    try {
      return decodeURIComponent(codes);
    } catch {
      return codes;
    }
  });
}
