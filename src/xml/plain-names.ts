const NAME_START = 1;
const NAME_PART = 2;
const classes = Uint8Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code);
  if (/[A-Za-z_]/.test(character)) return NAME_START | NAME_PART;
  return /[0-9.-]/.test(character) ? NAME_PART : 0;
});

/** Behind the name of ASCII characters without colon that begins at `start`; `start` when none does. It says nothing about what follows: the rest of a longer name may. */
export function plainNameEnd(text: string, start: number): number {
  const first = classes[text.charCodeAt(start)] ?? 0;
  if ((first & NAME_START) === 0) return start;
  let at = start + 1;
  while (((classes[text.charCodeAt(at)] ?? 0) & NAME_PART) !== 0) at++;
  return at;
}
