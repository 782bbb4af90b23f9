import type { Configuration } from './configuration/configuration.ts';
import { queryNamed } from './objects/query.ts';
import type { XPathEvaluator } from './ports/xpath-evaluator.ts';
import { authenticate } from './use-cases/access.ts';
import type { EngineServices } from './use-cases/engine-services.ts';
import type { Actor, SiteContext } from './use-cases/site-context.ts';

/** What the engine works with at any site. */
export interface EngineParts {
  readonly configuration: Configuration;
  readonly xpath: XPathEvaluator;
}

/** What the engine works with at one site. */
export function engineServices(context: SiteContext, { configuration, xpath }: EngineParts): EngineServices {
  const { deletionBrake, messageOctets } = configuration.sync;
  return {
    authenticate: (name, password) => authenticate(context, name, password),
    actorNamed: (name) => actorNamed(context, name),
    query: (text) => queryNamed(text, xpath),
    brake: deletionBrake,
    maxMessageOctets: messageOctets,
  };
}

async function actorNamed(context: SiteContext, name: string): Promise<Actor | undefined> {
  const account = (await context.accounts.account(name)) ?? (await context.installationAccounts.account(name));
  return account === undefined ? undefined : { name, roles: account.roles };
}
