import type { Alignment, AlignRules } from './align.ts';
import type { DeltaWriter, Path } from './delta-writer.ts';
import { writePath } from './delta-writer.ts';
import type { Item } from './labels.ts';
import { SiblingCounts } from './sibling-counts.ts';
import type { Children } from './siblings.ts';
import { joinChildren, stepTo } from './siblings.ts';

/** One list of siblings to bring from one state to the other. */
export interface SiblingWork {
  readonly writer: DeltaWriter;
  readonly rules: AlignRules;
  /** The parent; undefined for the document. */
  readonly parent: Path | undefined;
  readonly before: Children;
  readonly after: Children;
  readonly alignment: Alignment;
  /** Writes what happens inside a pair that lives on. */
  readonly inside: (old: Item, fresh: Item, path: Path) => void;
}

/** What stands between two that live on, or beside one at an end of the list. */
interface Segment {
  readonly oldFrom: number;
  readonly oldTo: number;
  readonly newFrom: number;
  readonly newTo: number;
}

/**
 * Writes the instructions for one list of siblings, from right to left: left of the cursor all is as it was, right of it all is as it
 * shall be, so that positions can be counted without looking at the tree. Owns the cursor's counts.
 */
export class SiblingDiff {
  readonly #work: SiblingWork;
  readonly #counts = new SiblingCounts();
  /** Selects the parent: one text for all instructions, made for the first one. In deep documents few lists have any. */
  #parent: string | undefined;
  readonly #ranks: Int32Array;
  /** How many texts there are up to the one at an index, that included. */
  readonly #textRanks: Int32Array;
  #texts = 0;

  constructor(work: SiblingWork) {
    this.#work = work;
    const { items, texts } = work.before;
    this.#ranks = new Int32Array(items.length);
    for (let at = 0; at < items.length; at++) {
      const item = items[at];
      if (item === undefined) continue;
      this.#counts.add(item);
      this.#ranks[at] = this.#counts.of(item);
    }
    this.#textRanks = new Int32Array(texts.length);
    for (let at = 0; at < texts.length; at++) this.#textRanks[at] = texts[at] === '' ? this.#texts : ++this.#texts;
  }

  write(): void {
    const { alignment, before, after } = this.#work;
    let oldTo = before.items.length;
    let newTo = after.items.length;
    for (let old = oldTo - 1; old >= -1; old--) {
      const fresh = alignment.partners[old] ?? -1;
      if (old >= 0 && fresh === -1) continue;
      if (this.#work.writer.isGivenUp) return;
      const segment = { oldFrom: old + 1, oldTo, newFrom: fresh + 1, newTo };
      if (!this.#isUntouched(segment)) this.#segment(segment);
      if (old >= 0 && alignment.isEqual[old] !== 1) this.#pair(old, fresh);
      [oldTo, newTo] = [old, fresh];
    }
  }

  /** Nothing comes or goes between two that live on. */
  #isUntouched({ oldFrom, oldTo, newFrom, newTo }: Segment): boolean {
    const { before, after } = this.#work;
    return oldTo === oldFrom && newTo === newFrom && before.texts[oldFrom] === after.texts[newFrom];
  }

  #pair(old: number, fresh: number): void {
    const { before, after, rules } = this.#work;
    const item = before.items[old];
    const next = after.items[fresh];
    if (item === undefined || next === undefined || rules.nodes.equal(item, next)) return;
    this.#work.inside(item, next, { parent: this.#work.parent, step: this.#stepToOld(old) });
    this.#counts.remove(item);
    this.#counts.add(next);
  }

  #segment(segment: Segment): void {
    const { after } = this.#work;
    const { newFrom, newTo } = segment;
    const text = this.#clear(segment);
    if (newFrom === newTo) this.#setText(segment, text);
    else this.#fill(segment, text);
    for (let at = newFrom; at < newTo; at++) {
      const item = after.items[at];
      if (item !== undefined) this.#counts.add(item);
    }
    for (let at = newFrom; at <= newTo; at++) if (after.texts[at] !== '') this.#texts++;
  }

  /** Removes the items that go; returns the text that is left, which is taken out of the count. */
  #clear(segment: Segment): string {
    const { items, texts } = this.#work.before;
    const { oldFrom, oldTo } = segment;
    const dropped = this.#textToDrop(segment);
    if (dropped !== -1) {
      this.#remove(this.#textStep(this.#textRanks[dropped] ?? 1));
      this.#texts--;
    }
    let text = (oldTo === dropped ? '' : texts[oldTo]) ?? '';
    for (let at = oldTo - 1; at >= oldFrom; at--) {
      const item = items[at];
      if (item === undefined) continue;
      this.#remove(this.#stepToOld(at));
      this.#counts.remove(item);
      const left = (at === dropped ? '' : texts[at]) ?? '';
      if (left !== '' && text !== '') this.#texts--;
      text = left + text;
    }
    if (text !== '') this.#texts--;
    return text;
  }

  // Of two texts around something that goes, often one is what shall stand: dropping the other is shorter than writing it.
  #textToDrop({ oldFrom, oldTo, newFrom, newTo }: Segment): number {
    const { texts } = this.#work.before;
    let [first, second] = [-1, -1];
    for (let at = oldFrom; at <= oldTo; at++) {
      if (texts[at] === '') continue;
      if (second !== -1) return -1;
      if (first === -1) first = at;
      else second = at;
    }
    if (second === -1) return -1;
    const { texts: wanted } = this.#work.after;
    const isWanted = (text: string | undefined): boolean => text === wanted[newFrom] || text === wanted[newTo];
    if (isWanted((texts[first] ?? '') + (texts[second] ?? ''))) return -1;
    if (isWanted(texts[first])) return second;
    return isWanted(texts[second]) ? first : -1;
  }

  #setText(segment: Segment, text: string): void {
    const wanted = this.#work.after.texts[segment.newFrom] ?? '';
    if (text === wanted) return;
    if (text !== '') this.#changeText(segment, wanted);
    else this.#insert(segment, { withFirst: true, withLast: false });
  }

  #changeText(segment: Segment, wanted: string): void {
    // The text that is left is not in the count while its segment is worked on.
    this.#texts++;
    const step = this.#textStep(this.#segmentTextRank(segment));
    this.#texts--;
    if (wanted === '') this.#remove(step);
    else this.#work.writer.write('update', this.#select(step), [{ kind: 'text', text: wanted }]);
  }

  #fill(segment: Segment, text: string): void {
    const { after } = this.#work;
    const first = after.texts[segment.newFrom] ?? '';
    const last = after.texts[segment.newTo] ?? '';
    if (text === '') {
      this.#insert(segment, { withFirst: true, withLast: true });
      return;
    }
    let kept: 'first' | 'last' | 'none' = last === text ? 'last' : first === text ? 'first' : 'none';
    if (kept === 'none') {
      kept = last !== '' ? 'last' : first !== '' ? 'first' : 'none';
      this.#changeText(segment, kept === 'last' ? last : first);
    }
    if (kept === 'last') this.#insertAtText(segment, 'insert-before');
    else if (kept === 'first') this.#insertAtText(segment, 'insert-after');
    else this.#insert(segment, { withFirst: false, withLast: false });
  }

  /** Inserts beside the text that is kept. */
  #insertAtText(segment: Segment, kind: 'insert-before' | 'insert-after'): void {
    const { writer, parent, after } = this.#work;
    const isBefore = kind === 'insert-before';
    const { newFrom: from, newTo: to } = segment;
    const nodes = joinChildren(after, { from, to, withFirst: isBefore, withLast: !isBefore });
    if (isBefore && segment.oldFrom > 0) {
      writer.write('insert-after', this.#select(this.#stepToOld(segment.oldFrom - 1)), nodes);
    } else if (!isBefore && this.#isLast(segment)) {
      writer.write('append', writePath(parent), nodes);
    } else {
      this.#texts++;
      writer.write(kind, this.#select(this.#textStep(this.#segmentTextRank(segment))), nodes);
      this.#texts--;
    }
  }

  /** Inserts where no text is left. */
  #insert(segment: Segment, ends: { readonly withFirst: boolean; readonly withLast: boolean }): void {
    const { writer, parent, after } = this.#work;
    const { oldFrom, newFrom, newTo } = segment;
    const nodes = joinChildren(after, { from: newFrom, to: newTo, ...ends });
    if (this.#isLast(segment)) {
      writer.write('append', writePath(parent), nodes);
    } else if (oldFrom > 0) {
      writer.write('insert-after', this.#select(this.#stepToOld(oldFrom - 1)), nodes);
    } else {
      const first = after.items[newTo];
      if (first === undefined) return;
      const step = stepTo(first, { rank: 1, count: this.#counts.of(first) }, writer);
      writer.write('insert-before', this.#select(step), nodes);
    }
  }

  #segmentTextRank({ oldFrom }: Segment): number {
    return (this.#textRanks[oldFrom - 1] ?? 0) + 1;
  }

  #stepToOld(at: number): string {
    const item = this.#work.before.items[at];
    if (item === undefined) return '';
    return stepTo(item, { rank: this.#ranks[at] ?? 1, count: this.#counts.of(item) }, this.#work.writer);
  }

  #textStep(rank: number): string {
    return this.#texts > 1 ? `text()[${rank}]` : 'text()';
  }

  /** Nothing that lives on is behind it. */
  #isLast({ oldTo, newTo }: Segment): boolean {
    const { before, after } = this.#work;
    return oldTo === before.items.length && newTo === after.items.length;
  }

  #select(step: string): string {
    const { parent } = this.#work;
    this.#parent ??= parent === undefined ? '' : writePath(parent);
    return `${this.#parent}/${step}`;
  }

  #remove(step: string): void {
    this.#work.writer.write('remove', this.#select(step));
  }
}
