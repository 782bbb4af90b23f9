import type { Installation } from '../ports/installation.ts';
import type { SignInContext } from '../use-cases/administration/access.ts';
import type { Flow } from '../use-cases/administration/assess-flow.ts';
import type { SiteContext } from '../use-cases/site-context.ts';

/** What those who watch an installation are told by. */
export interface WatchServices {
  readonly installation: Pick<Installation, 'sites'>;
  /** @throws RequestError CON-R001 when there is no such site */
  site(id: string): Promise<SiteContext>;
  /** For accounts of the installation. */
  readonly operators: SignInContext;
  readonly watch: {
    /** Whether what should flow flows. Never throws. */
    flow(): Promise<Flow>;
    /** What this process has counted, in the text format of Prometheus. */
    exposition(): Promise<string>;
  };
}

/** Who may watch, and how closely. */
export interface WatchSettings {
  /** `loopback`: also everybody on this machine, without an account. */
  readonly openTo: 'accounts' | 'loopback' | 'everybody';
  /** Of so many subscribers of a publication it is said how far behind they are. */
  readonly subscribers: number;
}
