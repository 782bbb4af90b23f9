import { TransportError } from '../../errors/concord-error.ts';

/** An event as it came (HTML Living Standard, section 9.2.6). */
export interface ServerSentEvent {
  readonly id: string;
  readonly event: string;
}

/** No line or event of ours is nearly as long. */
const maxLineLength = 10_000;

/** The events of a stream, without what they carry. Comments are let pass. @throws TransportError CON-T002 for a line without end */
export async function* readEvents(octets: AsyncIterable<Uint8Array>, where: string): AsyncGenerator<ServerSentEvent> {
  const decoder = new TextDecoder();
  let rest = '';
  let id = '';
  let event = '';
  let hasData = false;
  for await (const chunk of octets) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split(/\r\n|[\r\n]/);
    rest = lines.pop() ?? '';
    if (rest.length > maxLineLength) throw new TransportError('CON-T002', `${where}: it sends no events`);
    for (const line of lines) {
      const [, field = '', value = ''] = /^([^:]*):? ?(.*)$/.exec(line) ?? [];
      if (field === 'id') id = value;
      else if (field === 'event') event = value;
      else if (field === 'data') hasData = true;
      else if (line === '') {
        if (hasData) yield { id, event };
        event = '';
        hasData = false;
      }
    }
  }
}
