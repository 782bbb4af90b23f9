/** A word as it must be typed into a shell: in quotes where it has anything that a shell would take for its own. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replace(/'/g, `'\\''`)}'`;
}
