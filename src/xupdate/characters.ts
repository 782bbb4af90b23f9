import { forbiddenCharacter } from '../xml/characters.ts';
import { XUpdateError } from './xupdate-error.ts';

/** The characters of a text or an attribute. @throws XUpdateError `content` when XML cannot write them */
export function checkCharacters(text: string): string {
  const forbidden = forbiddenCharacter(text);
  if (forbidden === undefined) return text;
  const code = (forbidden.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  throw new XUpdateError('content', `XML cannot hold the character U+${code}`);
}

/** The characters of a comment. @throws XUpdateError `content` when XML cannot write them */
export function checkComment(text: string): string {
  if (text.includes('--') || text.endsWith('-') || text.includes('\r')) {
    throw new XUpdateError('content', 'a comment cannot contain -- or a carriage return, or end with -');
  }
  return checkCharacters(text);
}

/** The data of a processing instruction. @throws XUpdateError `content` when XML cannot write it */
export function checkInstruction(text: string): string {
  if (text.includes('?>') || text.includes('\r')) {
    throw new XUpdateError('content', 'a processing instruction cannot contain ?> or a carriage return');
  }
  return checkCharacters(text).replace(/^[ \t\n]+/, '');
}
