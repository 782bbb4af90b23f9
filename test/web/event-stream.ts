import { expect } from 'vitest';

/** Reads of a stream of events until so many have come, then goes away. */
export async function readEvents(
  address: string,
  count: number,
  headers: Readonly<Record<string, string>>,
): Promise<string> {
  const leave = new AbortController();
  const response = await fetch(address, { headers, signal: leave.signal });
  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    if ((text.match(/^id: /gm) ?? []).length >= count) break;
  }
  leave.abort();
  return text;
}
