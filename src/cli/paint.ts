import type { Terminal } from './terminal.ts';

/** Colours a text for a person, or leaves it as it is. */
export interface Paint {
  readonly title: (text: string) => string;
  readonly added: (text: string) => string;
  readonly removed: (text: string) => string;
  readonly faint: (text: string) => string;
}

// Select Graphic Rendition (ECMA-48, section 8.3.117).
const bold = '1';
const faint = '2';
const red = '31';
const green = '32';

/**
 * The colours of a terminal: none where the output is no terminal or NO_COLOR is set (no-color.org); FORCE_COLOR asks for them all the same, as for `less -R`.
 */
export function paintFor({ environment, isColored = false }: Pick<Terminal, 'environment' | 'isColored'>): Paint {
  const isRefused = (environment['NO_COLOR'] ?? '') !== '';
  const isForced = !['', '0'].includes(environment['FORCE_COLOR'] ?? '');
  const isWanted = !isRefused && (isForced || (isColored && environment['TERM'] !== 'dumb'));
  const paint = (style: string) => (text: string) => (isWanted ? `\u{1B}[${style}m${text}\u{1B}[0m` : text);
  return { title: paint(bold), added: paint(green), removed: paint(red), faint: paint(faint) };
}

/** What would move the cursor or change colours on a terminal, written so that it does not; lines stay lines. */
export function harmless(text: string): string {
  return text.replace(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/g, (character) => {
    const code = character.charCodeAt(0).toString(16).padStart(4, '0');
    return `\\u${code}`;
  });
}
