import { describe } from 'vitest';
import { playHistories } from './play.ts';

// In two files, so that two cores have work.
describe('sites with random histories', () => {
  playHistories(1, 1_000);
});
