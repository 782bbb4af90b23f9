/** The namespace of SyncML Representation 1.2. */
export const syncMlNamespace = 'SYNCML:SYNCML1.2';

/** The namespace of SyncML Meta-Information, on each child of Meta. */
export const metInfNamespace = 'syncml:metinf';

/** The namespace of SyncML Device Information. */
export const devInfNamespace = 'syncml:devinf';

/**
 * Whether elements of this namespace are SyncML's: those of versions 1.0 to 1.2, MetInf and DevInf, in whatever case, and no namespace at
 * all, because real peers leave the declarations out or put the wrong one.
 */
export function isSyncMlNamespace(uri: string): boolean {
  return uri === '' || uri === syncMlNamespace || uri === metInfNamespace || /^syncml:/i.test(uri);
}
