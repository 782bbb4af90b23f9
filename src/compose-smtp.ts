import { readFileSync } from 'node:fs';
import { SmtpTransport } from './adapters/mail/smtp-transport.ts';
import type { Configuration } from './configuration/configuration.ts';
import type { Clock } from './ports/clock.ts';

/** The way out for mails. */
export function openSmtp({ mail, transport, secrets }: Configuration, clock: Clock): SmtpTransport {
  const { from, maxMailOctets, timeoutMs } = mail;
  const settings = { from, maxMailOctets, timeoutMs, ca: trustedAuthorities(transport.caFile) };
  return new SmtpTransport({ ...settings, url: secrets.smtp.reveal(), proxy: secrets.mailProxy?.reveal() }, clock);
}

/** The certificates that the operator trusts beside those of Node. */
export function trustedAuthorities(caFile: string | undefined): string | undefined {
  return caFile === undefined ? undefined : readFileSync(caFile, 'utf8');
}
