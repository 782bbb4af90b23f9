import type { SiteEntry } from '../../ports/installation.ts';
import type { DocumentSource } from '../../ports/document-files.ts';
import type { SiteContext } from '../../use-cases/site-context.ts';
import type { Connection, WantedConnection } from '../../use-cases/subscriber/test-connection.ts';
import type { UploadedFile } from './form-body.ts';

/** What the guide and the import need that only the composition root can supply. */
export interface GuideServices {
  /** @throws RequestError CON-R006, CON-R008 */
  addSite(site: { readonly id: string; readonly title?: string | undefined }): Promise<SiteEntry>;
  /** Two sites with records, a publication and a subscription. `address`: of this server, as the visitor has it. */
  setUpExample(address: string): Promise<void>;
  /** Whether a publication would answer. Throws as the use-case does. */
  testConnection(context: SiteContext, wanted: WantedConnection): Promise<Connection>;
  /** Files that were sent, as a source to import from. @throws RequestError CON-R014 */
  openUpload(files: readonly Pick<UploadedFile, 'name' | 'octets'>[]): DocumentSource;
}
