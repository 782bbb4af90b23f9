const NUMBERED = /^-[1-9]\d*$/;

/** What an object is called that cannot have its id, because another has it: `x-2`, `x-3`, … */
export function numberedId(id: string, number: number): string {
  return `${id}-${String(number)}`;
}

/** Whether an id is one that an object gets instead of another, and not of somebody's choice. */
export function isNumberedId(id: string, wanted: string): boolean {
  return id.startsWith(wanted) && NUMBERED.test(id.slice(wanted.length));
}
