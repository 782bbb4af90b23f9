import type { Request } from 'express';
import type { Answer } from '../answer.ts';
import { problemOf } from '../problem.ts';
import type { ConcordError } from '../../errors/concord-error.ts';
import { withQuery } from './addresses.ts';
import { assetHref } from './assets.ts';
import { formCookie, formToken, readCookie, writeCookie } from './cookies.ts';
import { errorPage } from './error-page.ts';
import type { Page, PageResult, Visitor } from './page.ts';
import { shellOf } from './shell.ts';
import type { Skin } from './skin.ts';
import type { Surroundings } from './surroundings.ts';
import type { Translate } from './text-catalogue.ts';
import { timeWriter } from './time-text.ts';

/** What the presenter is made of. */
export interface PresenterParts {
  readonly skin: Skin;
  /** `auto`: what the browser asks for. */
  readonly language: string;
  readonly makeSecret: () => string;
}

/** Turns what handlers give back into answers: template, frame, token, headers. */
export class Presenter {
  readonly skin: Skin;
  readonly #language: string;
  readonly #makeSecret: () => string;

  constructor({ skin, language, makeSecret }: PresenterParts) {
    this.skin = skin;
    this.#language = language;
    this.#makeSecret = makeSecret;
  }

  /** The texts for who sent this. */
  translator(request: Request): Translate {
    const { languages } = this.skin;
    if (languages.includes(this.#language)) return this.skin.translator(this.#language);
    const asked = request.acceptsLanguages([...languages]);
    return this.skin.translator(asked === false ? 'en' : asked);
  }

  /** What a form of this browser and account must bring; undefined when none was given to it. */
  tokenOf(request: Request, visitor: Visitor | undefined): string | undefined {
    const secret = readCookie(request, formCookie);
    return secret === undefined || secret === '' ? undefined : formToken(secret, accountOf(visitor));
  }

  /** The answer that a handler's result is. */
  async present(result: PageResult, surroundings: Surroundings): Promise<Answer> {
    switch (result.kind) {
      case 'page':
        return this.#page(result, surroundings);
      case 'see-other': {
        const { to, notice, headers = {} } = result;
        const location = notice === undefined ? to : withQuery(to, { notice });
        const all = { Location: location, 'Cache-Control': 'no-store', ...headers };
        return { status: 303, type: undefined, body: '', headers: all };
      }
      case 'answer':
        return result.answer;
      default:
        return result satisfies never;
    }
  }

  /** The page that says what went wrong, and the way on. */
  async presentError(error: ConcordError, surroundings: Surroundings): Promise<Answer> {
    const page = errorPage(error, problemOf(error).status, {
      ...surroundings,
      t: this.translator(surroundings.request),
    });
    return this.#page(page, surroundings);
  }

  async #page(page: Page, { request, query, visitor, context }: Surroundings): Promise<Answer> {
    const t = this.translator(request);
    const given = readCookie(request, formCookie);
    const secret = given === undefined || given === '' ? this.#makeSecret() : given;
    const notice = query.get('notice') ?? undefined;
    const shell = await shellOf(page, { context, actor: visitor?.actor, t, notice, assets: this.#assets });
    const model = {
      view: page.view,
      shell,
      t,
      time: timeWriter(t.language),
      csrf: formToken(secret, accountOf(visitor)),
    };
    return {
      status: page.status ?? 200,
      type: 'text/html; charset=utf-8',
      body: this.skin.render(`pages/${page.template}`, model),
      headers: {
        // Not kept, but for going back: what was typed into a form is then still there.
        'Cache-Control': 'private, no-cache',
        'Content-Language': t.language,
        Vary: 'Accept, Accept-Language, Cookie',
        ...(secret === given ? {} : { 'Set-Cookie': writeCookie(request, formCookie, secret) }),
        ...page.headers,
      },
    };
  }

  get #assets(): { readonly style: string; readonly script: string; readonly icon: string } {
    const href = (name: string): string => assetHref(this.skin, name);
    return { style: href('style.css'), script: href('enhance.js'), icon: href('icon.svg') };
  }
}

function accountOf(visitor: Visitor | undefined): string {
  return visitor === undefined ? '' : `${visitor.session?.site ?? ''}/${visitor.actor.name}`;
}
