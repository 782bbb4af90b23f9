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

/** An old child that lives on as a new one. */
interface Aligned {
  readonly old: number;
  readonly fresh: number;
}

interface Segment {
  readonly left: Aligned | undefined;
  readonly right: Aligned | undefined;
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
      if (this.#work.writer.isFull) return;
      if (!this.#isUntouched({ old, fresh, oldTo, newTo }))
        this.#segment(this.#segmentBehind(old, fresh, [oldTo, newTo]));
      if (old >= 0 && alignment.isEqual[old] !== 1) this.#pair(old, fresh);
      [oldTo, newTo] = [old, fresh];
    }
  }

  /** Nothing comes or goes between two that live on. */
  #isUntouched(between: Aligned & { readonly oldTo: number; readonly newTo: number }): boolean {
    const { before, after } = this.#work;
    const [from, to] = [between.old + 1, between.fresh + 1];
    return between.oldTo === from && between.newTo === to && before.texts[from] === after.texts[to];
  }

  #segmentBehind(old: number, fresh: number, [oldTo, newTo]: readonly [number, number]): Segment {
    const { before, after } = this.#work;
    return {
      left: old < 0 ? undefined : { old, fresh },
      right: oldTo === before.items.length && newTo === after.items.length ? undefined : { old: oldTo, fresh: newTo },
      oldFrom: old + 1,
      oldTo,
      newFrom: fresh + 1,
      newTo,
    };
  }

  #pair(old: number, fresh: number): void {
    const { before, after, rules } = this.#work;
    const item = before.items[old];
    const next = after.items[fresh];
    if (item === undefined || next === undefined || rules.nodes.equal(item, next)) return;
    this.#work.inside(item, next, this.#path(this.#stepToOld(old)));
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
    this.#texts += after.texts.slice(newFrom, newTo + 1).filter((each) => each !== '').length;
  }

  /** Removes the items that go; returns the text that is left, which is taken out of the count. */
  #clear(segment: Segment): string {
    const { before } = this.#work;
    const { oldFrom, oldTo } = segment;
    const texts = before.texts.slice(oldFrom, oldTo + 1);
    const dropped = this.#textToDrop(segment, texts);
    if (dropped !== undefined) {
      this.#emit('remove', this.#path(this.#textStep(this.#textRanks[oldFrom + dropped] ?? 1)));
      texts[dropped] = '';
      this.#texts--;
    }
    let text = texts.at(-1) ?? '';
    for (let at = oldTo - 1; at >= oldFrom; at--) {
      const item = before.items[at];
      if (item === undefined) continue;
      this.#emit('remove', this.#path(this.#stepToOld(at)));
      this.#counts.remove(item);
      const left = texts[at - oldFrom] ?? '';
      if (left !== '' && text !== '') this.#texts--;
      text = left + text;
    }
    if (text !== '') this.#texts--;
    return text;
  }

  // Of two texts around something that goes, often one is what shall stand: dropping the other is shorter than writing it.
  #textToDrop(segment: Segment, texts: readonly string[]): number | undefined {
    const filled = texts.map((text, at) => (text === '' ? -1 : at)).filter((at) => at >= 0);
    const [first, second] = filled;
    if (filled.length !== 2 || first === undefined || second === undefined) return undefined;
    const { after } = this.#work;
    const wanted = [after.texts[segment.newFrom], after.texts[segment.newTo]];
    if (wanted.includes((texts[first] ?? '') + (texts[second] ?? ''))) return undefined;
    if (wanted.includes(texts[first])) return second;
    return wanted.includes(texts[second]) ? first : undefined;
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
    const path = this.#path(this.#textStep(this.#segmentTextRank(segment)));
    this.#texts--;
    if (wanted === '') this.#emit('remove', path);
    else this.#work.writer.write('update', writePath(path), [{ kind: 'text', text: wanted }]);
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
    const { newFrom: from, newTo: to, left, right } = segment;
    const nodes = joinChildren(after, { from, to, withFirst: isBefore, withLast: !isBefore });
    if (isBefore && left !== undefined) {
      writer.write('insert-after', writePath(this.#path(this.#stepToOld(left.old))), nodes);
    } else if (!isBefore && right === undefined) {
      writer.write('append', writePath(parent), nodes);
    } else {
      this.#texts++;
      writer.write(kind, writePath(this.#path(this.#textStep(this.#segmentTextRank(segment)))), nodes);
      this.#texts--;
    }
  }

  /** Inserts where no text is left. */
  #insert(
    { left, right, newFrom, newTo }: Segment,
    ends: { readonly withFirst: boolean; readonly withLast: boolean },
  ): void {
    const { writer, parent, after } = this.#work;
    const nodes = joinChildren(after, { from: newFrom, to: newTo, ...ends });
    if (right === undefined) {
      writer.write('append', writePath(parent), nodes);
    } else if (left !== undefined) {
      writer.write('insert-after', writePath(this.#path(this.#stepToOld(left.old))), nodes);
    } else {
      const first = after.items[right.fresh];
      if (first === undefined) return;
      const step = stepTo(first, { rank: 1, count: this.#counts.of(first) }, writer);
      writer.write('insert-before', writePath(this.#path(step)), nodes);
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

  #path(step: string): Path {
    return { parent: this.#work.parent, step };
  }

  #emit(kind: string, path: Path): void {
    this.#work.writer.write(kind, writePath(path));
  }
}
