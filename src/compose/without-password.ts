/** An address as it may be shown and logged: without the user and password before its host. A password may hold an @ that nobody has encoded; the last one ends it. */
export function withoutPassword(url: string): string {
  return url.replace(/\/\/[^/?#]*@/, '//');
}
