import { stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { FolderDocumentSource } from '../adapters/folder/folder-document-source.ts';
import { FolderDocumentTarget } from '../adapters/folder/folder-document-target.ts';
import type { DocumentSource, DocumentTarget } from '../ports/document-files.ts';

/** The files and folders that an operator names. @throws RequestError CON-R014 when one of them is not there */
export function openSource(paths: readonly string[]): Promise<DocumentSource> {
  return FolderDocumentSource.open(paths);
}

/** What an operator names to write to: a folder, unless it is a file, or is new and has one of the extensions of files. */
export async function openTarget(path: string): Promise<DocumentTarget> {
  const found = await stat(path).catch(() => undefined);
  const isFile = found === undefined ? ['.xml', '.json', '.csv'].includes(extname(path).toLowerCase()) : found.isFile();
  return isFile ? FolderDocumentTarget.file(path) : FolderDocumentTarget.folder(path);
}
