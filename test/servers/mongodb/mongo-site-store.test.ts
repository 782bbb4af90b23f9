import { siteStoreContract } from '../../contract/site-store.contract.ts';
import { openMongoFixture } from './mongodb-fixture.ts';
import { describeWithMongoDb } from './mongodb-server.ts';

describeWithMongoDb('MongoDB', (freshUrl) => {
  siteStoreContract('MongoDB', async () => openMongoFixture(freshUrl()), ['fillDisk']);
});
