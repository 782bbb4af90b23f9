import type { Configuration } from '../configuration/configuration.ts';
import type { Installation } from '../ports/installation.ts';
import type { MessageBox } from '../ports/message-box.ts';
import type { Transport } from '../ports/transport.ts';
import type { XPathEvaluator } from '../ports/xpath-evaluator.ts';
import type { Observer } from './observer.ts';

/** What the engine works with at any site. */
export interface EngineParts {
  readonly installation: Pick<Installation, 'id'>;
  readonly configuration: Configuration;
  readonly xpath: XPathEvaluator;
  readonly transport: Transport;
  readonly messageBox: MessageBox;
  readonly observer?: Observer | undefined;
  /** Is told to which session a message belongs, as soon as that is known. */
  readonly onSession?: (id: string) => void;
  /** Tells this process from the others of the installation. */
  readonly node: string;
}
