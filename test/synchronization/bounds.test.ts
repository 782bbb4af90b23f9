import { describe, expect, it } from 'vitest';
import { topGid } from '../../src/objects/gid.ts';
import { digestOfVersion } from '../../src/objects/version.ts';
import type { Pair } from '../support/synced-sites.ts';
import { card, seedPair, sync } from '../support/synced-sites.ts';
import { at, metChain } from './met-chain.ts';

/** A message that names another object than the honest one did: what a peer can send that lies. */
function lying({ wire }: Pick<Pair, 'wire'>, side: 'request' | 'answer', lie: (text: string) => string): void {
  const deliver = wire.deliver.bind(wire);
  wire.deliver = async (message) => {
    const text = new TextDecoder().decode(message.body);
    const body = new TextEncoder().encode(side === 'request' ? lie(text) : text);
    const answer = await deliver({ ...message, body });
    const told = new TextDecoder().decode(answer.body);
    return { ...answer, body: new TextEncoder().encode(side === 'answer' ? lie(told) : told) };
  };
}

describe('a peer that lies', () => {
  it('cannot change an object of the publisher outside of what is published', async () => {
    const pair = await seedPair();
    const { publisher, subscriber, wire } = pair;
    const secret = await publisher.put('/private/secret', card('S', '1'));
    await sync(subscriber, 'Repository', wire);
    const mine = await subscriber.put(`${at}/mine`, card('M', '1'));
    lying(pair, 'request', (text) => text.replaceAll(mine.gid, secret.gid));
    await sync(subscriber, 'Repository', wire);
    expect(await publisher.get('/private/secret')).toBe(card('S', '1'));
    expect(Object.keys(await publisher.tree(at))).toEqual(['/first']);
  });

  it('cannot put an object below another one of the publisher’s', async () => {
    const pair = await seedPair();
    const { publisher, subscriber, wire } = pair;
    await publisher.put('/private/secret', card('S', '1'));
    const folder = await publisher.context.store.named(topGid, 'private');
    await sync(subscriber, 'Repository', wire);
    const parent = await subscriber.put(`${at}/folder`, card('F', '1'));
    await subscriber.put(`${at}/folder/mine`, card('M', '1'));
    lying(pair, 'request', (text) =>
      text.replaceAll(`<SourceParent><LocURI>${parent.gid}`, `<SourceParent><LocURI>${folder[0]?.gid ?? ''}`),
    );
    await sync(subscriber, 'Repository', wire);
    expect(Object.keys(await publisher.tree('/private'))).toEqual(['/secret']);
  });

  it('cannot move an object there by the gid that it had before', async () => {
    const chain = await metChain();
    const { hub, leaf, wire } = chain;
    await hub.put('/private/secret', card('S', '1'));
    const [folder] = await hub.context.store.named(topGid, 'private');
    const parent = folder?.gid ?? topGid;
    const { gid: honest } = await leaf.put(`${at}/folder`, card('F', '1'));
    await leaf.move(`${at}/a`, `${at}/folder/a`);
    const [moved] = await leaf.context.store.named(honest, 'a');
    if (moved === undefined) throw new Error('nothing was moved');
    const digests = [digestOfVersion(moved), digestOfVersion({ ...moved, parent })] as const;
    lying(chain, 'request', (text) =>
      text
        .replace(`<SourceParent><LocURI>${honest}`, `<SourceParent><LocURI>${parent}`)
        .replace(`r=${digests[0]}`, `r=${digests[1]}`),
    );
    await sync(leaf, 'Repository', wire);
    expect(Object.keys(await hub.tree('/private'))).toEqual(['/secret']);
  });

  it('cannot change an object of a subscriber outside of what is subscribed', async () => {
    const pair = await seedPair();
    const { publisher, subscriber, wire } = pair;
    const own = await subscriber.put('/private/own', card('O', '1'));
    await sync(subscriber, 'Repository', wire);
    const theirs = await publisher.put(`${at}/theirs`, card('T', '1'));
    lying(pair, 'answer', (text) => text.replaceAll(theirs.gid, own.gid));
    await sync(subscriber, 'Repository', wire);
    expect(await subscriber.get('/private/own')).toBe(card('O', '1'));
  });
});
