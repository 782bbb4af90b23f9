import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Email } from 'postal-mime';
import { ProtocolError } from '../../errors/concord-error.ts';
import type { MailFile, MailReader, ParsedMail } from '../../ports/mail-reader.ts';

const decompress = promisify(gunzip);
const limits = { maxNestingDepth: 20, maxHeadersSize: 256 * 1024 } as const;
const maxLineLength = 300;
const maxTextLength = 2000;

/** Reads mails with postal-mime. Mails within mails stay files: what a bounce quotes is not what it says. */
export class PostalMailReader implements MailReader {
  async read(mail: Uint8Array): Promise<ParsedMail> {
    const { default: PostalMime } = await import('postal-mime');
    let email: Email;
    try {
      email = await PostalMime.parse(mail, {
        ...limits,
        forceRfc822Attachments: true,
        attachmentEncoding: 'arraybuffer',
      });
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new ProtocolError('CON-M001', `The mail cannot be read: ${why}`, { cause });
    }
    return {
      from: oneLine(email.from?.address ?? ''),
      to: (email.to ?? []).map(({ address }) => oneLine(address ?? '')),
      subject: oneLine(email.subject ?? ''),
      messageId: oneLine(email.messageId ?? ''),
      kind: kindOf(email),
      hops: email.headers.filter(({ key }) => key === 'received').length,
      files: email.attachments.map(fileOf),
      text: (email.text ?? '').slice(0, maxTextLength),
    };
  }

  async unpack(file: Uint8Array, maxOctets: number): Promise<Uint8Array> {
    if (file[0] !== 0x1f || file[1] !== 0x8b) return file;
    try {
      return await decompress(file, { maxOutputLength: maxOctets });
    } catch (cause) {
      const text = `The file in the mail is damaged, or has more than ${maxOctets} octets`;
      throw new ProtocolError('CON-M001', text, { cause });
    }
  }
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

function fileOf({ filename, mimeType, content }: Email['attachments'][number]): MailFile {
  const octets = typeof content === 'string' ? new TextEncoder().encode(content) : new Uint8Array(content);
  return { name: oneLine(filename ?? ''), mediaType: oneLine(mimeType).toLowerCase(), octets };
}

function oneLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').slice(0, maxLineLength);
}
