import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Email } from 'postal-mime';
import { ProtocolError } from '../../errors/concord-error.ts';
import type { MailFile, MailReader, ParsedMail } from '../../ports/mail-reader.ts';
import { roomFor } from './large-room.ts';
import { shortenMail } from './long-runs.ts';

const decompress = promisify(gunzip);
const limits = { maxNestingDepth: 20, maxHeadersSize: 256 * 1024 } as const;
const maxLineLength = 300;
const leastRoom = 16 * 1024;
const maxTextLength = 2000;

/** Reads mails with postal-mime. Mails within mails stay files: what a bounce quotes is not what it says. */
export class PostalMailReader implements MailReader {
  async read(octets: Uint8Array): Promise<ParsedMail> {
    const { mail, restored } = shortenMail(octets);
    const email = await parsed(mail);
    return {
      from: oneLine(email.from?.address ?? ''),
      to: (email.to ?? []).map(({ address }) => oneLine(address ?? '')),
      subject: oneLine(email.subject ?? ''),
      messageId: oneLine(email.messageId ?? ''),
      kind: kindOf(email),
      hops: email.headers.filter(({ key }) => key === 'received').length,
      files: email.attachments.map((file) => fileOf(file, restored)),
      text: (email.text ?? '').slice(0, maxTextLength),
    };
  }

  async unpack(file: Uint8Array, maxOctets: number): Promise<Uint8Array> {
    if (file[0] !== 0x1f || file[1] !== 0x8b) return file;
    try {
      return await decompress(file, { maxOutputLength: maxOctets, chunkSize: roomFor(sizeSaidBy(file, maxOctets)) });
    } catch (cause) {
      const text = `The file in the mail is damaged, or has more than ${maxOctets} octets`;
      throw new ProtocolError('CON-M001', text, { cause });
    }
  }
}

async function parsed(mail: Uint8Array): Promise<Email> {
  const { default: PostalMime } = await import('postal-mime');
  try {
    return await PostalMime.parse(mail, { ...limits, forceRfc822Attachments: true, attachmentEncoding: 'arraybuffer' });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ProtocolError('CON-M001', `The mail cannot be read: ${why}`, { cause });
  }
}

/** What gzip says at its end that it becomes (RFC 1952, section 2.3.1): room for it is made once, not piece by piece. It may be a lie. */
function sizeSaidBy(file: Uint8Array, maxOctets: number): number {
  const said = new DataView(file.buffer, file.byteOffset, file.length).getUint32(file.length - 4, true);
  return Math.max(leastRoom, Math.min(said + 1, maxOctets));
}

/** RFC 3834 and RFC 6522, and what mail servers did before them. */
function kindOf(email: Email): ParsedMail['kind'] {
  const header = (name: string): string => email.headers.find(({ key }) => key === name)?.value.toLowerCase() ?? '';
  const sender = (email.from?.address ?? '').toLowerCase();
  const isReport =
    header('content-type').startsWith('multipart/report') || /^(?:mailer-daemon|postmaster)@/.test(sender);
  if (isReport || header('return-path') === '<>') return 'report';
  const isReply =
    header('auto-submitted').startsWith('auto-replied') ||
    ['x-autoreply', 'x-autorespond'].some((name) => header(name) !== '') ||
    header('precedence') === 'auto_reply';
  return isReply ? 'reply' : 'mail';
}

function fileOf(
  { filename, mimeType, content }: Email['attachments'][number],
  restored: (octets: Uint8Array) => Uint8Array,
): MailFile {
  const octets = typeof content === 'string' ? new TextEncoder().encode(content) : new Uint8Array(content);
  return { name: oneLine(filename ?? ''), mediaType: oneLine(mimeType).toLowerCase(), octets: restored(octets) };
}

function oneLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').slice(0, maxLineLength);
}
