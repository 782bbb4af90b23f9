import type { Request } from 'express';
import type { z } from 'zod';
import { InvariantError } from '../../errors/concord-error.ts';
import type { Role } from '../../ports/account-store.ts';
import type { SignedIn } from '../../use-cases/administration/sessions.ts';
import type { Actor, SiteContext } from '../../use-cases/site-context.ts';
import type { Answer } from '../answer.ts';
import { readQuery } from '../query.ts';
import type { RouteMatch } from '../route.ts';
import type { WebServices, WebSettings } from '../web-services.ts';
import type { SentForm } from './form-body.ts';
import type { Translate } from './text-catalogue.ts';

/** A step of the way to a page; the last has no address. */
export interface Crumb {
  readonly label: string;
  readonly href?: string;
}

/** One of the pages of the same thing. */
export interface Tab {
  readonly label: string;
  readonly href: string;
  readonly isCurrent: boolean;
  /** A number that asks for attention. */
  readonly count?: number;
}

/** The part of the navigation that a page belongs to. */
export type Area = 'objects' | 'synchronizations' | 'conflicts' | 'activities' | 'status' | 'accounts' | 'log' | 'none';

/** What a handler gives back to be shown. */
export interface Page {
  readonly kind: 'page';
  /** Below `pages/` of the skin. */
  readonly template: string;
  /** Already in the visitor's language. */
  readonly title: string;
  readonly area: Area;
  readonly crumbs?: readonly Crumb[];
  readonly tabs?: readonly Tab[];
  /** What the template reads as `it.view`. */
  readonly view: object;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Sends the browser on, after something was done; `notice` names what (`notice.<key>` in the catalogue). */
export interface SeeOther {
  readonly kind: 'see-other';
  readonly to: string;
  readonly notice?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer that is no page: a file. */
export interface PlainAnswer {
  readonly kind: 'answer';
  readonly answer: Answer;
}

/** What a handler may give back. */
export type PageResult = Page | SeeOther | PlainAnswer;

/** Who looks. A program that sends user name and password with each request has no session. */
export type Visitor = Pick<SignedIn, 'actor' | 'mustChangePassword'> & Partial<Pick<SignedIn, 'session'>>;

interface CommonCall<Query> extends RouteMatch {
  readonly services: WebServices;
  readonly settings: WebSettings;
  readonly request: Request;
  readonly query: Query;
  readonly t: Translate;
}

/** What the handler of a page of a site is given. */
export interface PageCall<Query> extends CommonCall<Query> {
  readonly context: SiteContext;
  readonly actor: Actor;
  readonly visitor: Visitor;
}

/** What the handler of a form of a site is given: its token has been checked. */
export interface FormCall<Query> extends PageCall<Query> {
  readonly form: SentForm;
}

/** A page of a site as it is written down. */
export interface PageDefinition<Query extends z.ZodObject> {
  /** Below the site; `{path}` takes any number of segments. */
  readonly template: string;
  /** Who may, beside a Manager; `everyone` who has signed in. */
  readonly roles: readonly Role[] | 'everyone';
  readonly query: Query;
  /** Something else answers at this address too: it is a page only for those who ask for HTML. */
  readonly isShared?: boolean;
  /** Addresses that fit the template and are something else's: by the segments below the site, as they were written. */
  isElsewhere?(segments: readonly string[]): boolean;
  show(call: PageCall<z.output<Query>>): Promise<PageResult>;
  /** What the forms of the page are sent to. Without it the address takes no forms. */
  submit?(call: FormCall<z.output<Query>>): Promise<PageResult>;
}

/** A page whose query is read inside, so that pages of all kinds stand in one table. */
export interface SitePage extends Pick<PageDefinition<z.ZodObject>, 'template' | 'roles'> {
  readonly isShared: boolean;
  readonly isElsewhere: (segments: readonly string[]) => boolean;
  readonly takesForms: boolean;
  readonly show: (call: PageCall<URLSearchParams>) => Promise<PageResult>;
  readonly submit: (call: FormCall<URLSearchParams>) => Promise<PageResult>;
}

/** Makes a page of a site. */
export function definePage<Query extends z.ZodObject>(definition: PageDefinition<Query>): SitePage {
  const { template, roles, query } = definition;
  return {
    template,
    roles,
    isShared: definition.isShared ?? false,
    isElsewhere: (segments) => definition.isElsewhere?.(segments) ?? false,
    takesForms: definition.submit !== undefined,
    show: (call) => definition.show({ ...call, query: readQuery(query, call.query) }),
    submit: async (call) => {
      if (definition.submit === undefined) throw new InvariantError('CON-I001', 'The page takes no forms');
      return definition.submit({ ...call, query: readQuery(query, call.query) });
    },
  };
}

/** What the handler of a page of the installation is given. */
export interface HomeCall extends Omit<CommonCall<URLSearchParams>, 'path'> {
  /** Undefined for who has not signed in, at pages that are open to everybody. */
  readonly visitor: Visitor | undefined;
}

/** A page of the installation: of no site. */
export interface HomePage {
  readonly template: string;
  readonly isOpen: boolean;
  show(call: HomeCall): Promise<PageResult>;
  submit?(call: HomeCall & { readonly form: SentForm }): Promise<PageResult>;
}
