import { beforeEach, inject } from 'vitest';
import '../../support/pair.ts';

beforeEach((context) => {
  if (inject('pair') === undefined)
    context.skip('needs redis-server, and a MongoDB server: set MONGODB_URL, or let .ci/run build one');
});
