/** A file that a mail carries. */
export interface MailFile {
  readonly name: string;
  /** Such as `application/gzip`. */
  readonly mediaType: string;
  readonly octets: Uint8Array;
}

/** A mail, as far as one needs to know it to find the message in it. */
export interface ParsedMail {
  /** Cut, without line breaks, whatever came. */
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly messageId: string;
  /** What the mail is of itself: `report` says that another could not be delivered, `reply` was written by a machine that nobody asked. */
  readonly kind: 'mail' | 'report' | 'reply';
  /** By how many servers it came. */
  readonly hops: number;
  readonly files: readonly MailFile[];
  /** The beginning of what a person reads. */
  readonly text: string;
}

/** Reads mails (RFC 5322, MIME). */
export interface MailReader {
  /** May write over the octets of the mail. @throws ProtocolError CON-M001 when it has more parts or depth than any mail of ours, or is no mail */
  read(mail: Uint8Array): Promise<ParsedMail>;
  /** What a file has in it, decompressed where it is compressed. @throws ProtocolError CON-M001 when it is damaged or has more than `maxOctets` */
  unpack(file: Uint8Array, maxOctets: number): Promise<Uint8Array>;
}
