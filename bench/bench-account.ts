/** The account that all subscribers of a benchmark use. */
export const account = { name: 'synchronizer', password: 'a password for the benchmark' };
