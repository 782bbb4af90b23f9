import { XmlDocument } from 'libxml2-wasm';
import type { WebFixture } from '../web-fixture.ts';

/** A page as a browser has it, read strictly: our pages are well-formed XML too, so that nothing that is shown can break out of its place. */
export interface ShownPage {
  readonly status: number;
  readonly url: string;
  readonly headers: Headers;
  readonly html: string;
  /** The text of the page, spaces folded. */
  readonly text: string;
  readonly title: string;
  /** The texts of all elements that an XPath finds. */
  all(xpath: string): readonly string[];
  /** The text of the first; fails when there is none. */
  one(xpath: string): string;
  /** The text of a text area, as it would be sent. */
  typed(name: string): string;
  /** The address of the link with this text. */
  link(text: string): string;
}

/** Somebody with a browser without scripts: keeps cookies, follows redirects, fills forms. */
export interface Browser {
  readonly cookies: Map<string, string>;
  open(path: string, headers?: Readonly<Record<string, string>>): Promise<ShownPage>;
  /** Sends the form of the page whose action is the address (the only one, unless said), with its hidden fields and these. */
  submit(page: ShownPage, fields: Fields, action?: string): Promise<ShownPage>;
  /** Sends fields as a form, without the page. */
  post(path: string, fields: Fields, headers?: Readonly<Record<string, string>>): Promise<ShownPage>;
  /** Signs in with the password `NAME:secret`, or this. */
  signIn(name: string, options?: { readonly site?: string; readonly password?: string }): Promise<ShownPage>;
}

/** What is typed: a text, several values of one name, or files. */
export type Fields = Readonly<Record<string, string | readonly string[] | readonly File[]>>;

/** A browser at a server. */
export function openBrowser({ address }: Pick<WebFixture, 'address'>, language = 'en'): Browser {
  const cookies = new Map<string, string>();
  const ask = async (path: string, init: RequestInit = {}): Promise<ShownPage> => {
    let url = new URL(path, address);
    let request = init;
    for (let hops = 0; hops < 8; hops++) {
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const accept = { accept: 'text/html,application/xhtml+xml;q=0.9,*/*;q=0.8', 'accept-language': language };
      const headers = new Headers({ ...accept, cookie });
      new Headers(request.headers).forEach((value, name) => headers.set(name, value));
      const response = await fetch(url, { ...request, redirect: 'manual', headers });
      for (const line of response.headers.getSetCookie()) keep(cookies, line);
      const location = response.headers.get('location');
      if (response.status !== 303 || location === null) return shown(response, url);
      await response.text();
      url = new URL(location, url);
      request = {};
    }
    throw new Error(`${path} redirects for ever`);
  };
  const post: Browser['post'] = (path, fields, headers = {}) =>
    ask(path, { method: 'POST', body: bodyOf(fields), headers: { origin: address, ...headers } });
  const submit: Browser['submit'] = (page, fields, action) => {
    const forms = page.all(`//form[@method='post']/@action`);
    const found = action ?? forms.find((each) => each !== '/sign-out');
    if (found === undefined || !forms.includes(found))
      throw new Error(`No form to ${String(found)} among ${forms.join(' ')}`);
    const hidden = (what: string): readonly string[] =>
      page.all(`(//form[@method='post' and @action=${quoted(found)}])[1]//input[@type='hidden']/@${what}`);
    const values = hidden('value');
    const given = Object.fromEntries(hidden('name').map((name, at) => [name, values[at] ?? '']));
    return post(new URL(found, page.url).href, { ...given, ...fields });
  };
  return {
    cookies,
    open: (path, headers = {}) => ask(path, { headers }),
    submit,
    post,
    async signIn(name, { site = 'cps', password = `${name}:secret` } = {}) {
      return submit(await ask(`/sign-in?to=${encodeURIComponent(`/${site}`)}`), { name, password });
    },
  };
}

function keep(cookies: Map<string, string>, line: string): void {
  const [pair = ''] = line.split(';');
  const name = pair.slice(0, pair.indexOf('='));
  const value = pair.slice(pair.indexOf('=') + 1);
  if (value === '') cookies.delete(name);
  else cookies.set(name, value);
}

function bodyOf(fields: Fields): URLSearchParams | FormData {
  const pairs = Object.entries(fields).flatMap(([name, value]) =>
    (typeof value === 'string' ? [value] : [...value]).map((each) => [name, each] as const),
  );
  const texts = pairs.flatMap(([name, value]) =>
    typeof value === 'string' ? [[name, value] satisfies [string, string]] : [],
  );
  if (texts.length === pairs.length) return new URLSearchParams(texts);
  const form = new FormData();
  for (const [name, value] of pairs) form.append(name, value);
  return form;
}

async function shown(response: Response, url: URL): Promise<ShownPage> {
  const html = await response.text();
  const document = html.startsWith('<!doctype html>') ? readStrictly(html) : undefined;
  const all = (xpath: string): readonly string[] => (document?.find(xpath) ?? []).map((node) => folded(node.content));
  const one = (xpath: string): string => {
    const [first] = all(xpath);
    if (first === undefined) throw new Error(`${url.pathname} has no ${xpath}:\n${html}`);
    return first;
  };
  return {
    status: response.status,
    url: url.href,
    headers: response.headers,
    html,
    text: document === undefined ? html : one('//body'),
    title: document === undefined ? '' : one('//h1'),
    all,
    one,
    // The line end behind the tag is none of the text (HTML, 13.2.6.4.7).
    typed: (name) => (document?.get(`//textarea[@name='${name}']`)?.content ?? '').replace(/^\n/, ''),
    link: (text) => one(`//a[normalize-space(.)=${quoted(text)}]/@href`),
  };
}

/** As a document: its elements do not hold it, and it is freed when nobody does. */
function readStrictly(html: string): XmlDocument {
  return XmlDocument.fromString(html.replace('<!doctype html>', ''));
}

function folded(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

function quoted(text: string): string {
  return text.includes("'") ? `"${text}"` : `'${text}'`;
}
