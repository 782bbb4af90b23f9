import type { Position } from '../../objects/position.ts';
import type { Listener } from './admit-listener.ts';

/** What a listener is told: that something has changed up to a position, that conflicts were settled, or only that somebody is still there. */
export type Told =
  { readonly kind: 'changed'; readonly position: Position } | { readonly kind: 'settled' } | { readonly kind: 'beat' };

/** How often a listener may be told something before it has taken what it was told first. */
const bornUntaken = 3;

/**
 * What one listener is told, one after the other. However slowly it is read, there is never more than one of each kind in it: a later change takes the place of an
 * earlier one. Its end is called by whoever gives it out; read to its end it is over. Owns who waits for the next one, hence a class.
 */
export class ChangeStream implements AsyncIterableIterator<Told> {
  readonly listener: Listener;
  readonly #whenOver: (stream: ChangeStream) => void;
  #owed: Position | undefined;
  #toldOf: Position | undefined;
  #owesSettled = false;
  #owesBeat = false;
  #untaken = 0;
  #isOver = false;
  #waiting: ((result: IteratorResult<Told>) => void) | undefined;

  constructor(listener: Listener, whenOver: (stream: ChangeStream) => void) {
    this.listener = listener;
    this.#whenOver = whenOver;
  }

  /** Whoever reads it has stopped doing so. */
  get isStuck(): boolean {
    return this.#untaken > bornUntaken;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Something has changed up to here. What it was told of already is not told again. */
  changed(position: Position): void {
    if (this.#toldOf?.epoch === position.epoch && this.#toldOf.seq >= position.seq) return;
    this.#toldOf = position;
    this.#owed = position;
    this.#handOut();
  }

  /** Conflicts of this listener were settled, which need not have changed anything. */
  settled(): void {
    this.#owesSettled = true;
    this.#handOut();
  }

  /** Nothing has changed, and somebody is still there. */
  beat(): void {
    this.#untaken += 1;
    this.#owesBeat = true;
    this.#handOut();
  }

  /** There is nothing to come any more. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#whenOver(this);
    this.#waiting?.({ done: true, value: undefined });
    this.#waiting = undefined;
  }

  next(): Promise<IteratorResult<Told>> {
    this.#untaken = 0;
    if (this.#isOver) return Promise.resolve({ done: true, value: undefined });
    const value = this.#take();
    if (value !== undefined) return Promise.resolve({ done: false, value });
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  return(): Promise<IteratorResult<Told>> {
    this.end();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #handOut(): void {
    const waiting = this.#waiting;
    const value = waiting === undefined ? undefined : this.#take();
    if (waiting === undefined || value === undefined) return;
    this.#waiting = undefined;
    this.#untaken = 0;
    waiting({ done: false, value });
  }

  #take(): Told | undefined {
    const position = this.#owed;
    const [owesSettled, owesBeat] = [this.#owesSettled, this.#owesBeat];
    this.#owed = undefined;
    this.#owesBeat = false;
    if (position !== undefined) return { kind: 'changed', position };
    this.#owesSettled = false;
    if (owesSettled) return { kind: 'settled' };
    return owesBeat ? { kind: 'beat' } : undefined;
  }
}
