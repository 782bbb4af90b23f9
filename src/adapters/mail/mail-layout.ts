import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import type { SendMailOptions } from 'nodemailer';
import { InvariantError, RequestError } from '../../errors/concord-error.ts';
import type { MessageRoute, OutgoingMessage } from '../../ports/transport.ts';
import { cutInto, mailAddress, mailFileName } from '../../synchronization/mail-files.ts';

const compress = promisify(gzip);
/** As over HTTP: a mail is not worth the time that the last tenth takes. */
const compression = { level: constants.Z_BEST_SPEED, chunkSize: 256 * 1024 };

/** How mails are made. */
export interface MailLayout {
  /** Who mails come from, where the message does not say it in an address of its own. */
  readonly from: string | undefined;
  /** A whole mail, encoded. */
  readonly maxMailOctets: number;
  /** Told apart from the same mail sent another time. */
  readonly at: number;
}

/** Headers, text and what base64 adds. */
const frameOctets = 4096;
const base64Growth = 4 / 3;
const lineGrowth = 78 / 76;

/**
 * The mails that carry a message: one, or several parts where it is larger than a mail may be.
 * @throws RequestError CON-R008 when the address is none
 */
export async function layOutMails(message: OutgoingMessage, layout: MailLayout): Promise<readonly SendMailOptions[]> {
  const { route, url, body } = message;
  if (route === undefined) throw new InvariantError('CON-I001', 'a message for the mail says nothing of its way');
  const to = mailAddress(url);
  const from = mailAddress(route.from) ?? layout.from;
  if (to === undefined || from === undefined)
    throw new RequestError('CON-R008', `A mail needs two addresses such as mailto:office@example.org, not “${url}”`);
  const isSealed = message.contentType.endsWith('+pgp');
  const { octets, extension } = isSealed ? { octets: body, extension: '.pgp' as const } : await packed(body);
  const pieces = cutInto(octets, pieceOctets(layout.maxMailOctets));
  const digest = createHash('sha256').update(octets).digest('hex');
  return pieces.map((piece, index) => {
    const place = { digest, part: index + 1, parts: pieces.length };
    const head = headOf(route, { to, from, place, at: layout.at });
    const name = mailFileName(place, extension);
    if (isSealed && pieces.length === 1) return { envelope: { from, to }, raw: pgpMime(head, piece, name) };
    return {
      ...head,
      text: explanation(route, place),
      attachments: [{ filename: name, content: Buffer.from(piece), contentType: mediaTypeOf(extension) }],
    };
  });
}

function pieceOctets(maxMailOctets: number): number {
  return Math.max(1024, Math.floor((maxMailOctets - frameOctets) / (base64Growth * lineGrowth)));
}

async function packed(body: Uint8Array): Promise<{ readonly octets: Uint8Array; readonly extension: '' | '.gz' }> {
  const shorter = await compress(body, compression);
  return shorter.length < body.length ? { octets: shorter, extension: '.gz' } : { octets: body, extension: '' };
}

function mediaTypeOf(extension: '' | '.gz' | '.pgp'): string {
  if (extension === '.gz') return 'application/gzip';
  return extension === '' ? 'application/vnd.syncml+xml' : 'application/octet-stream';
}

interface Headed {
  readonly to: string;
  readonly from: string;
  readonly place: { readonly part: number; readonly parts: number };
  readonly at: number;
}

/** The headers of a mail, nothing in them that could begin another one. */
interface Head {
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly date: Date;
  readonly messageId: string;
  readonly inReplyTo?: string;
  readonly references: string[];
  readonly headers: Record<string, string>;
}

function headOf(route: MessageRoute, { to, from, place, at }: Headed): Head {
  const { kind, session, message } = route;
  const thread = idOf([session], mailAddress(route.subscription) ?? from);
  const part = place.parts > 1 ? ` (${place.part}/${place.parts})` : '';
  const reference = /^<[^\s<>]{1,300}>$/.exec(route.reference ?? '')?.[0];
  return {
    from,
    to,
    // As in ERP5SyncML: people sort by it.
    subject: `${route.publication === '' ? 'Concord' : route.publication}${part}`.replace(/\p{Cc}+/gu, ' '),
    date: new Date(at),
    messageId: idOf([session, message, kind, place.part, at], from),
    ...(reference !== undefined && { inReplyTo: reference }),
    references: reference === undefined ? [thread] : [thread, reference],
    headers: {
      'Auto-Submitted': kind === 'request' ? 'auto-generated' : 'auto-replied',
      'X-Auto-Response-Suppress': 'All',
    },
  };
}

/** Names in ids are cut down to what may stand there: a peer chooses some of them. */
function idOf(names: readonly (string | number)[], address: string): string {
  const local = names.map((name) => String(name).replace(/[^\w-]/g, '')).join('.');
  return `<concord.${local.slice(0, 200)}@${address.slice(address.indexOf('@') + 1)}>`;
}

function explanation(route: MessageRoute, { part, parts }: Headed['place']): string {
  const { kind, publication, session, message } = route;
  return [
    `This mail was written by a program for a program: it carries a synchronisation message of Concord in the file attached.`,
    `There is nothing for you to do. If such mails come to you by mistake, tell the sender that they do.`,
    ``,
    `Publication: ${publication.replace(/\p{Cc}+/gu, ' ')}`,
    `Message:     ${kind} ${message} of session ${session.replace(/[^\w-]/g, '')}${parts > 1 ? `, part ${part} of ${parts}` : ''}`,
    ``,
  ].join('\n');
}

/** PGP/MIME (RFC 3156, section 4): the octets are armored already, and the whole mail is written here, because its parts are prescribed. */
function pgpMime(head: Head, piece: Uint8Array, name: string): string {
  const boundary = `concord-${createHash('sha256').update(piece).digest('hex').slice(0, 32)}`;
  return [
    `From: ${head.from}`,
    `To: ${head.to}`,
    `Subject: =?UTF-8?B?${Buffer.from(head.subject.slice(0, 40)).toString('base64')}?=`,
    `Date: ${head.date.toUTCString().replace('GMT', '+0000')}`,
    `Message-ID: ${head.messageId}`,
    ...(head.inReplyTo === undefined ? [] : [`In-Reply-To: ${head.inReplyTo}`]),
    `References: ${head.references.join('\r\n ')}`,
    ...Object.entries(head.headers).map(([key, value]) => `${key}: ${value}`),
    'MIME-Version: 1.0',
    `Content-Type: multipart/encrypted; protocol="application/pgp-encrypted";\r\n boundary="${boundary}"`,
    '',
    'This mail is sealed with OpenPGP, written by a program for a program.',
    '',
    `--${boundary}`,
    'Content-Type: application/pgp-encrypted',
    'Content-Description: PGP/MIME version identification',
    '',
    'Version: 1',
    '',
    `--${boundary}`,
    `Content-Type: application/octet-stream;\r\n name="${name}"`,
    `Content-Disposition: inline;\r\n filename="${name}"`,
    '',
    Buffer.from(piece).toString('latin1').replace(/\r?\n/g, '\r\n').trimEnd(),
    `--${boundary}--`,
    '',
  ].join('\r\n');
}
