import { RequestError } from '../errors/concord-error.ts';

const form = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

// Addresses of the installation itself, beside those of its sites.
const taken = new Set(['healthz', 'readyz', 'metrics', 'api', 'assets', 'static']);

/** Returns the id when it can be the first part of a site's addresses and the name of its file. @throws RequestError CON-R008 otherwise */
export function checkedSiteId(id: string): string {
  if (!form.test(id)) {
    throw new RequestError(
      'CON-R008',
      'The id of a site has letters, digits, “.”, “_” and “-”, at most 63, and begins with a letter or digit',
    );
  }
  if (taken.has(id.toLowerCase()))
    throw new RequestError('CON-R008', `“${id}” is an address of the installation itself`);
  return id;
}
