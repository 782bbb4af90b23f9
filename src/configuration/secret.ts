import { inspect } from 'node:util';

const hidden = '[secret]';

/** A text that refuses to print: in messages, JSON and logs it is `[secret]`. Only `reveal` gives it. */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The text itself; for the place that needs it, never for a message. */
  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return hidden;
  }

  toJSON(): string {
    return hidden;
  }

  [inspect.custom](): string {
    return hidden;
  }
}
