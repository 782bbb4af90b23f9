import type { ErrorCode } from '../../errors/codes.ts';
import { RequestError } from '../../errors/concord-error.ts';

/** The number that a name of the address is. @throws RequestError with the code for what is none, and so names nothing */
export function numberNamed(names: Readonly<Record<string, string>>, name: string, code: ErrorCode): number {
  const text = names[name] ?? '';
  if (!/^\d{1,15}$/.test(text)) throw new RequestError(code, `“${text}” is no number of anything here`);
  return Number(text);
}
