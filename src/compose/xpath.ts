import { evaluateXPath } from '../adapters/xpath/evaluate-xpath.ts';
import type { EvaluateXPath } from '../xupdate/evaluate-xpath.ts';

/** General XPath for operators' modifications. Apart from `compose.ts`: patching a file needs no data directory. */
export const operatorsXPath: EvaluateXPath = evaluateXPath;
