import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { SyncMlMessage } from '../../../src/syncml/message.ts';
import { decodeMessage } from '../../../src/syncml/xml/decode-message.ts';
import { encodeMessage } from '../../../src/syncml/xml/encode-message.ts';
import { expectValidSyncMl } from '../../support/syncml-grammar.ts';

const vectors = new URL('../../vectors/syncml/', import.meta.url);

function namesIn(folder: string): string[] {
  return readdirSync(new URL(folder, vectors))
    .filter((name) => name.endsWith('.xml'))
    .map((name) => name.slice(0, -'.xml'.length));
}

function xmlOf(path: string): string {
  return readFileSync(new URL(`${path}.xml`, vectors), 'utf8').replace(/\n$/, '');
}

function messageOf(path: string): SyncMlMessage {
  // The vectors are messages by their own definition; a wrong one makes the comparison fail.
  return JSON.parse(readFileSync(new URL(`${path}.json`, vectors), 'utf8')) as SyncMlMessage;
}

describe('golden SyncML messages', () => {
  it.each(namesIn('written'))('writes and reads %s exactly, by the grammar', (name) => {
    const path = `written/${name}`;
    expect(encodeMessage(messageOf(path))).toBe(xmlOf(path));
    expect(decodeMessage(xmlOf(path))).toEqual(messageOf(path));
    expectValidSyncMl(xmlOf(path));
  });

  it.each(namesIn('lenient'))('reads %s', (name) => {
    expect(decodeMessage(xmlOf(`lenient/${name}`))).toEqual(messageOf(`lenient/${name}`));
  });

  it.each(namesIn('invalid'))('refuses %s', (name) => {
    const code = name.slice(0, 'CON-X000'.length);
    expect(() => decodeMessage(xmlOf(`invalid/${name}`))).toThrow(
      expect.objectContaining({ name: 'ProtocolError', code }),
    );
  });
});
