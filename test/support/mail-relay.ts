import { createTransport } from 'nodemailer';
import { layOutMails } from '../../src/adapters/mail/mail-layout.ts';
import { PostalMailReader } from '../../src/adapters/mail/postal-mail-reader.ts';
import type { Delivery, OutgoingMessage, Transport } from '../../src/ports/transport.ts';
import type { MailOutcome } from '../../src/use-cases/exchange/receive-mail.ts';
import { receiveMail } from '../../src/use-cases/exchange/receive-mail.ts';
import type { TestSite } from './synced-sites.ts';

/** The mail address of a site. */
export function mailOf(site: TestSite): string {
  return `${site.context.site}@example.org`;
}

/** A mail on its way. */
export interface Mail {
  readonly to: string;
  readonly raw: Uint8Array;
}

/** A mail server that keeps what it is given until the test delivers it. */
export class MailRelay implements Transport {
  readonly schemes = ['mailto'];
  readonly bag: Mail[] = [];
  readonly sent: Mail[] = [];
  readonly #sites: readonly TestSite[];
  readonly #maxMailOctets: number;

  constructor(sites: readonly TestSite[], maxMailOctets = 1_000_000) {
    this.#sites = sites;
    this.#maxMailOctets = maxMailOctets;
  }

  async deliver(message: OutgoingMessage): Promise<Delivery> {
    const at = this.#sites[0]?.clock.now() ?? 0;
    const mails = await layOutMails(message, { from: undefined, maxMailOctets: this.#maxMailOctets, at });
    const writer = createTransport({ streamTransport: true, buffer: true, newline: 'windows' });
    for (const mail of mails) {
      const { message: raw, envelope } = await writer.sendMail(mail);
      if (!(raw instanceof Uint8Array)) throw new TypeError('the mail was not written whole');
      const sent = { to: envelope.to[0] ?? '', raw };
      this.bag.push(sent);
      this.sent.push(sent);
    }
    return { outcome: 'handed-over' };
  }

  async bring({ to, raw }: Mail): Promise<MailOutcome> {
    const site = this.#sites.find((one) => mailOf(one) === to);
    if (site === undefined) throw new TypeError(`nobody has the address ${to}`);
    site.clock.at += 1000;
    return receiveMail(site.context, raw, {
      services: site.services,
      transport: this,
      holder: `mail/${site.context.site}`,
      reader: new PostalMailReader(),
      maxMailOctets: 50_000_000,
    });
  }

  /** Delivers all that lies there, and what follows from it. Returns how many mails there were. */
  async bringAll(): Promise<number> {
    let count = 0;
    for (let mail = this.bag.shift(); mail !== undefined; mail = this.bag.shift()) {
      await this.bring(mail);
      count += 1;
    }
    return count;
  }
}
