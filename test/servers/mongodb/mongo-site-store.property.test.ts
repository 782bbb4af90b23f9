import { siteStoreProperty } from '../../contract/site-store.property.ts';
import { openMongoFixture } from './mongodb-fixture.ts';
import { describeWithMongoDb } from './mongodb-server.ts';

// Fewer runs: each is a database of its own at a server.
describeWithMongoDb('a site in MongoDB', (freshUrl) => {
  siteStoreProperty('MongoDB', async () => openMongoFixture(freshUrl()), 30);
});
