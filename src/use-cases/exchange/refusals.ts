import type { Clock } from '../../ports/clock.ts';
import type { LogLine } from '../../ports/peer-reader.ts';
import type { Gid } from '../../objects/gid.ts';
import type { Put } from '../../synchronization/change.ts';
import type { ReadChange } from '../../synchronization/read-change.ts';
import type { ReadSync } from '../../synchronization/wire/read-commands.ts';
import { StatusCode } from '../../syncml/status.ts';

/** The documents of one message that this side does not accept. The peer gets a number; why it is so stands in the log here. Collects the lines of the log. */
export class Refusals {
  readonly lines: LogLine[] = [];
  readonly #subject: string;
  readonly #clock: Clock;

  /** `subject` is the publication or subscription whose log it is. */
  constructor(subject: string, clock: Clock) {
    this.#subject = subject;
    this.#clock = clock;
  }

  /** Notes what came in pieces and was too large before it was whole: documents, and conflicts, which stay where they are. */
  addTooLarge({ tooLarge, tooLargeNotes }: Pick<ReadSync, 'tooLarge' | 'tooLargeNotes'>, maxOctets: number): this {
    const reason = `The document has more than ${maxOctets} octets (xml.maxOctets).`;
    for (const change of tooLarge)
      if (change.kind === 'put') this.add(change, { outcome: 'refused', reason, isTooLarge: true });
    for (const gid of tooLargeNotes) {
      const text = `A conflict of ${gid} was not taken: its values have more octets than this site takes (xml.maxOctets). It stays at the other site.`;
      this.#warn(text, { gid, code: StatusCode.EntityTooLarge });
    }
    return this;
  }

  /** Notes one, and gives the Status that the peer gets for it. */
  add(change: Put, { reason, isTooLarge }: Extract<ReadChange, { readonly outcome: 'refused' }>): StatusCode {
    const code = isTooLarge ? StatusCode.EntityTooLarge : StatusCode.UnsupportedMediaType;
    const { id = change.gid } = change.envelope;
    this.#warn(`The document of ${id} was refused: ${reason}`, { gid: change.gid, code });
    return code;
  }

  #warn(text: string, details: { readonly gid: Gid; readonly code: StatusCode }): void {
    this.lines.push({ at: this.#clock.now(), kind: 'sync', level: 'warning', subject: this.#subject, text, details });
  }
}
