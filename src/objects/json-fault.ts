const token =
  /[ \t\r\n]*(?:(?<mark>[{}[\],:])|(?<text>"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|(?<plain>-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null))/y;

/** What may come next: `first` is the first thing after a bracket, which may also be the closing one. */
type Expected = 'value' | 'first value' | 'key' | 'first key' | 'colon' | 'comma' | 'end';

/** The line, counted from 1, on which a text stops being JSON; undefined when it does not. The messages of JSON.parse name no place for some faults. */
export function lineOfJsonFault(text: string): number | undefined {
  const open: string[] = [];
  let expected: Expected = 'value';
  let at = 0;
  while (true) {
    token.lastIndex = at;
    const groups = token.exec(text)?.groups;
    if (groups === undefined) break;
    const next = afterToken(groups, expected, open);
    if (next === undefined) break;
    expected = next;
    at = token.lastIndex;
  }
  const rest = text.slice(at).search(/[^ \t\r\n]/);
  if (rest === -1 && expected === 'end') return undefined;
  return text.slice(0, rest === -1 ? text.length : at + rest).split('\n').length;
}

function afterToken(
  { mark, text }: Readonly<Record<string, string | undefined>>,
  expected: Expected,
  open: string[],
): Expected | undefined {
  const wantsValue = expected === 'value' || expected === 'first value';
  if (mark === undefined) {
    if (wantsValue) return afterValue(open);
    return text !== undefined && (expected === 'key' || expected === 'first key') ? 'colon' : undefined;
  }
  if (mark === '{' || mark === '[') {
    if (!wantsValue) return undefined;
    open.push(mark);
    return mark === '{' ? 'first key' : 'first value';
  }
  if (mark === ':') return expected === 'colon' ? 'value' : undefined;
  const inside = open.at(-1);
  if (mark === ',') return expected !== 'comma' ? undefined : inside === '{' ? 'key' : 'value';
  const isClosed = inside === (mark === '}' ? '{' : '[');
  const mayClose = expected === 'comma' || expected === (mark === '}' ? 'first key' : 'first value');
  if (!isClosed || !mayClose) return undefined;
  open.pop();
  return afterValue(open);
}

function afterValue(open: readonly string[]): Expected {
  return open.length === 0 ? 'end' : 'comma';
}
