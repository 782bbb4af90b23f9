import { readFileSync } from 'node:fs';
import { SmtpTransport } from '../adapters/mail/smtp-transport.ts';
import type { Configuration } from '../configuration/configuration.ts';
import type { Clock } from '../ports/clock.ts';
import type { MessageRoute, Transport } from '../ports/transport.ts';

/** The way out for mails: by the server of the publication, else that of the site, else that of the installation. */
export function openSmtp({ mail, transport, secrets }: Configuration, clock: Clock): Transport & AsyncDisposable {
  const { from, maxMailOctets, timeoutMs, servers } = mail;
  const proxy = secrets.mailProxy?.reveal();
  const settings = { from, maxMailOctets, timeoutMs, ca: trustedAuthorities(transport.caFile), proxy };
  const usual = new SmtpTransport({ ...settings, url: secrets.smtp.reveal() }, clock);
  const ways = servers.map(({ site, publication, smtp, from: own = from }) => ({
    site,
    publication,
    way: new SmtpTransport({ ...settings, url: smtp.reveal(), from: own }, clock),
  }));
  const wayFor = (route: MessageRoute | undefined): SmtpTransport => {
    const ofSite = ways.filter(({ site }) => site === route?.site);
    const found = ofSite.find((one) => one.publication === route?.publication) ?? ofSite.find(isForAll);
    return found?.way ?? usual;
  };
  return {
    schemes: usual.schemes,
    deliver: (message, signal) => wayFor(message.route).deliver(message, signal),
    [Symbol.asyncDispose]: async () => {
      for (const way of [usual, ...ways.map((one) => one.way)]) await way[Symbol.asyncDispose]();
    },
  };
}

function isForAll({ publication }: { readonly publication: string | undefined }): boolean {
  return publication === undefined;
}

/** The certificates that the operator trusts beside those of Node. */
export function trustedAuthorities(caFile: string | undefined): string | undefined {
  return caFile === undefined ? undefined : readFileSync(caFile, 'utf8');
}
