import { once } from 'node:events';
import type { Socket } from 'node:net';
import { createServer } from 'node:net';
import { BSON } from 'mongodb';
import { freePort } from '../concord-process.ts';

type Document = Readonly<Record<string, unknown>>;

/** A server that says what a test wants it to. Disposing ends it. */
export interface FeignedServer extends AsyncDisposable {
  readonly url: string;
}

const operation = { reply: 1, query: 2004, message: 2013 } as const;
const headerOctets = 16;

/** Answers commands by their name; those that are not named succeed, and find nothing. */
export async function feignMongoDb(
  wireVersion: number,
  answers: Readonly<Record<string, Document>>,
): Promise<FeignedServer> {
  const hello = { ok: 1, isWritablePrimary: true, ismaster: true, minWireVersion: 0, maxWireVersion: wireVersion };
  const sizes = { maxBsonObjectSize: 16_777_216, maxMessageSizeBytes: 48_000_000, maxWriteBatchSize: 100_000 };
  const nothing = { ok: 1, n: 0, cursor: { id: BSON.Long.ZERO, ns: 'db.none', firstBatch: [] } };
  const known: Readonly<Record<string, Document>> = {
    ...{ hello: { ...hello, ...sizes }, ismaster: { ...hello, ...sizes }, isMaster: { ...hello, ...sizes } },
    ...answers,
  };
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let rest: Buffer = Buffer.alloc(0);
    socket.on('error', () => undefined);
    socket.on('data', (octets: Buffer) => {
      rest = Buffer.concat([rest, octets]);
      while (rest.length > headerOctets && rest.length >= rest.readInt32LE(0)) {
        const message = rest.subarray(0, rest.readInt32LE(0));
        rest = rest.subarray(message.length);
        socket.write(answerTo(message, known[commandIn(message)] ?? nothing));
      }
    });
  });
  const port = await freePort();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `mongodb://127.0.0.1:${port}/concord`,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** The command's name is the first of its document. */
function commandIn(message: Buffer): string {
  const flagsEnd = headerOctets + 4;
  const isQuery = message.readInt32LE(12) === operation.query;
  const at = isQuery ? message.indexOf(0, flagsEnd) + 1 + 8 : flagsEnd + 1;
  return Object.keys(BSON.deserialize(message.subarray(at, at + message.readInt32LE(at))))[0] ?? '';
}

function answerTo(message: Buffer, document: Document): Buffer {
  const isQuery = message.readInt32LE(12) === operation.query;
  // OP_REPLY: flags, a cursor, a start, the number of documents. OP_MSG: flags, and one section of kind 0.
  const before = Buffer.alloc(isQuery ? 20 : 5);
  if (isQuery) before.writeInt32LE(1, 16);
  const body = BSON.serialize(document);
  const header = Buffer.alloc(headerOctets);
  header.writeInt32LE(headerOctets + before.length + body.length, 0);
  header.writeInt32LE(message.readInt32LE(4), 8);
  header.writeInt32LE(isQuery ? operation.reply : operation.message, 12);
  return Buffer.concat([header, before, body]);
}
