/** A moment as a page shows it: for people, and for the script that turns it into the visitor's own zone. */
export interface TimeText {
  /** ISO 8601. */
  readonly iso: string;
  /** In the zone of the server, which it names. */
  readonly text: string;
}

/** By language. To make one costs more than to write a whole page of moments. */
const formats = new Map<string, Intl.DateTimeFormat>();

/** Writes moments in one language. */
export function timeWriter(language: string): (at: number) => TimeText {
  const format = formats.get(language) ?? newFormat(language);
  formats.set(language, format);
  return (at) => ({ iso: new Date(at).toISOString(), text: format.format(at) });
}

function newFormat(language: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat(language, {
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    timeZoneName: 'short',
  });
}
