import { RequestError } from '../errors/concord-error.ts';
import type { Call } from './command-action.ts';

/** Where a password may come from: never from an argument, which other users of the machine can read. */
export interface PasswordSource {
  readonly passwordStdin: boolean;
  readonly question: string;
}

/**
 * The password from the standard input, from CONCORD_PASSWORD, or from whoever sits there.
 * @throws RequestError CON-R008 when there is none of them
 */
export async function readPassword(call: Call, { passwordStdin, question }: PasswordSource): Promise<string> {
  if (passwordStdin) {
    const input = Buffer.from(await call.terminal.readInput()).toString('utf8');
    // Only the line break that `echo` adds is not the password's.
    return input.replace(/\r?\n$/, '');
  }
  const fromEnvironment = call.configuration().secrets.password;
  if (fromEnvironment !== undefined) return fromEnvironment.reveal();
  if (call.terminal.askPassword !== undefined) return call.terminal.askPassword(question);
  throw new RequestError('CON-R008', 'A password is needed: give --password-stdin, or set CONCORD_PASSWORD');
}
