/** What a test polls for says what did not come to pass before the guard of the test would: `expect` of vitest's configurations. */
export const waiting = { poll: { timeout: 60_000 } };
