import { siteStoreProperty } from '../../contract/site-store.property.ts';
import { openFixture } from './sqlite-fixture.ts';

siteStoreProperty('SQLite', async () => openFixture('memory'));
