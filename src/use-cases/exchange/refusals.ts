import type { Clock } from '../../ports/clock.ts';
import type { LogLine } from '../../ports/peer-reader.ts';
import type { Change, Put } from '../../synchronization/change.ts';
import type { ReadChange } from '../../synchronization/read-change.ts';
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

  /** Notes documents that came in pieces and were too large before they were whole. */
  addTooLarge(changes: readonly Change[], maxOctets: number): this {
    const reason = `The document has more than ${maxOctets} octets (xml.maxOctets).`;
    for (const change of changes)
      if (change.kind === 'put') this.add(change, { outcome: 'refused', reason, isTooLarge: true });
    return this;
  }

  /** Notes one, and gives the Status that the peer gets for it. */
  add(change: Put, { reason, isTooLarge }: Extract<ReadChange, { readonly outcome: 'refused' }>): StatusCode {
    const code = isTooLarge ? StatusCode.EntityTooLarge : StatusCode.UnsupportedMediaType;
    const { id = change.gid } = change.envelope;
    this.lines.push({
      at: this.#clock.now(),
      kind: 'sync',
      level: 'warning',
      subject: this.#subject,
      text: `The document of ${id} was refused: ${reason}`,
      details: { gid: change.gid, code },
    });
    return code;
  }
}
