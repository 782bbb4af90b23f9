/** A piece of a text, and whether it differs from the text that it was compared with. */
export interface MarkedPiece {
  readonly text: string;
  readonly isChanged: boolean;
}

/**
 * A text in pieces, with what is not in another one marked: all between what both begin with and what both end with, whole words. Cost follows the length. An empty
 * text has no pieces.
 */
export function markDifference(text: string, other: string): readonly MarkedPiece[] {
  const [own, others] = [wordsOf(text), wordsOf(other)];
  let begin = 0;
  while (begin < own.length && begin < others.length && own[begin] === others[begin]) begin += 1;
  let end = 0;
  const most = Math.min(own.length, others.length) - begin;
  while (end < most && own[own.length - 1 - end] === others[others.length - 1 - end]) end += 1;
  const pieces = [
    { text: own.slice(0, begin).join(''), isChanged: false },
    { text: own.slice(begin, own.length - end).join(''), isChanged: true },
    { text: own.slice(own.length - end).join(''), isChanged: false },
  ];
  return pieces.filter((piece) => piece.text !== '');
}

/** Words and what stands between them. */
function wordsOf(text: string): readonly string[] {
  return text.match(/[\p{L}\p{N}]+|\s+|[^\p{L}\p{N}\s]/gu) ?? [];
}
