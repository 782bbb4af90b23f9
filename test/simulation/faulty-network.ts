import { TransportError } from '../../src/errors/concord-error.ts';
import type { OutgoingMessage, Transport } from '../../src/ports/transport.ts';
import { answerMessage } from '../../src/use-cases/publisher/answer-message.ts';
import { expectValidSyncMl } from '../support/syncml-grammar.ts';
import { Killed } from './mortal-store.ts';
import type { Node } from './world.ts';

/** What goes wrong in one sync: at the `at`-th message, counted from 1. */
export interface Fault {
  readonly kind: 'lost-request' | 'lost-answer' | 'doubled' | 'late';
  readonly at: number;
}

/** A broken promise of the engine that the network sees. */
export class Broken extends Error {}

const mostMessages = 80;

/** The network for one sync: carries its messages to publishers, and does to them what the faults say. */
export class FaultyNetwork implements Transport {
  readonly schemes = ['http', 'https'];
  messages = 0;
  readonly #nodes: readonly Node[];
  readonly #faults: readonly Fault[];
  readonly #meanwhile: (where: 'before' | 'after', message: number) => Promise<void>;
  readonly #old: OutgoingMessage[];
  readonly #hear: (text: string) => void;

  constructor(
    nodes: readonly Node[],
    rest: {
      readonly faults: readonly Fault[];
      readonly meanwhile: (where: 'before' | 'after', message: number) => Promise<void>;
      /** All messages that ever went, for those that come late. */
      readonly old: OutgoingMessage[];
      readonly hear: (text: string) => void;
    },
  ) {
    this.#nodes = nodes;
    this.#faults = rest.faults;
    this.#meanwhile = rest.meanwhile;
    this.#old = rest.old;
    this.#hear = rest.hear;
  }

  async deliver(message: OutgoingMessage): Promise<{ readonly outcome: 'answered'; readonly body: Uint8Array }> {
    this.messages += 1;
    const at = this.messages;
    if (at > mostMessages) throw new Broken('the session does not come to an end');
    const faults = this.#faults.filter((fault) => fault.at === at).map((fault) => fault.kind);
    await this.#meanwhile('before', at);
    if (faults.includes('lost-request')) throw lost();
    if (faults.includes('late')) await this.#deliverLate();
    const body = await this.#answer(message);
    if (faults.includes('doubled')) {
      const again = await this.#answer(message);
      if (Buffer.compare(body, again) !== 0) throw new Broken('the same message got another answer');
    }
    this.#old.push(message);
    if (faults.includes('lost-answer')) throw lost();
    await this.#meanwhile('after', at);
    return { outcome: 'answered', body };
  }

  /** A message of an earlier time comes a second time; nobody waits for the answer. */
  async #deliverLate(): Promise<void> {
    const message = this.#old[(this.messages * 7) % Math.max(1, this.#old.length)];
    if (message !== undefined) await this.#answer(message);
  }

  async #answer(message: OutgoingMessage): Promise<Uint8Array> {
    const node = this.#nodes.find((one) => one.site.url === message.url);
    if (node === undefined) throw new Broken(`no site at ${message.url}`);
    const isChecked = this.#old.length % 10 === 0;
    const text = new TextDecoder().decode(message.body);
    this.#hear(text);
    if (isChecked) expectValidSyncMl(text);
    try {
      const request = { body: message.body, remoteAddress: '127.0.0.1' };
      const body = await answerMessage(node.context, node.site.services, request);
      const answer = new TextDecoder().decode(body);
      this.#hear(answer);
      if (isChecked) expectValidSyncMl(answer);
      return body;
    } catch (cause) {
      if (!(cause instanceof Killed)) throw cause;
      node.killSwitch.restart();
      throw lost();
    }
  }
}

function lost(): TransportError {
  return new TransportError('CON-T001', 'lost on the way', { retry: 'later' });
}
