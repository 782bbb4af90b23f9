import { RequestError } from '../errors/concord-error.ts';
import { canonicalize } from '../xml/canonical.ts';
import type { XmlLimits } from '../xml/limits.ts';
import { defaultXmlLimits } from '../xml/limits.ts';
import type { DocumentType } from './document-type.ts';
import { documentTypes, typeOfDocument } from './document-type.ts';

/** A document as it is stored: canonical, and of a known type. */
export interface CheckedDocument {
  readonly document: string;
  readonly type: DocumentType;
}

/**
 * The document that a text is, of the type that is asked for, or else of the one that it looks like.
 * @throws ProtocolError CON-X001, CON-X002, CON-X003 as `parseXml`
 * @throws RequestError CON-R008 when there is no such type, or the document is none of it
 */
export function checkedDocument(text: string, type?: string, limits: XmlLimits = defaultXmlLimits): CheckedDocument {
  const document = canonicalize(text, limits);
  const apparent = typeOfDocument(document);
  const wanted = type === undefined ? apparent : documentTypes.find((known) => known === type);
  if (wanted === undefined)
    throw new RequestError('CON-R008', `There is no type “${type ?? ''}”. Known are: ${documentTypes.join(', ')}`);
  if (wanted === 'object' && apparent !== 'object')
    throw new RequestError('CON-R008', 'The document is not of type object: its root element is not <object>');
  return { document, type: wanted };
}
