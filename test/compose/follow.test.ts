import { describe, expect, it } from 'vitest';
import { startFollowing } from '../../src/compose/loops-follow.ts';
import { startWorker } from '../../src/compose/loops.ts';
import { subscriptionStatus } from '../../src/use-cases/administration/status.ts';
import { subscribe } from '../../src/use-cases/administration/subscribe.ts';
import { putObject } from '../../src/use-cases/objects/write-object.ts';
import { resolvePath } from '../../src/use-cases/objects/read-object.ts';
import type { FollowState } from '../../src/use-cases/subscriber/follow-note.ts';
import type { Actor } from '../../src/use-cases/site-context.ts';
import type { Place } from './two-installations.ts';
import { pair, restartable, sync } from './two-installations.ts';

const manager: Actor = { name: 'the test', roles: ['Manager'] };
const retry = { firstMs: 50, longestMs: 200 };

/** Looks again and again until it is so; the runner's own limit is the end of patience. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 50));
}

async function follow({ composition }: Place, settings: { readonly follow: boolean }): Promise<void> {
  await subscribe(await composition.site('leaf'), { id: 'R', ...settings, actor: manager }, composition);
}

async function stateOf({ composition }: Place): Promise<FollowState | undefined> {
  const context = await composition.site('leaf');
  const subscription = await context.store.subscription('R');
  return subscription && (await subscriptionStatus(context, subscription)).following;
}

async function put({ composition }: Place, site: string, id: string): Promise<void> {
  await putObject(await composition.site(site), manager, {
    path: ['people', id],
    document: '<object><n>2</n></object>',
  });
}

async function has({ composition }: Place, site: string, id: string): Promise<boolean> {
  return (await resolvePath((await composition.site(site)).store, ['people', id])) !== undefined;
}

describe('a subscription that follows', () => {
  it('takes in what is edited at the publisher without a schedule, from its first sync on', async () => {
    const { hub, leaf } = await pair();
    await follow(leaf, { follow: true });
    await using _following = startFollowing(leaf.composition, () => undefined, retry);
    await using _worker = startWorker(leaf.composition, () => undefined);
    await until(() => has(leaf, 'leaf', 'ann'));
    await until(async () => (await stateOf(leaf))?.state === 'connected');
    await put(hub, 'hub', 'bea');
    await until(() => has(leaf, 'leaf', 'bea'));
    await follow(leaf, { follow: false });
    await until(async () => (await stateOf(leaf)) === undefined);
  });

  it('goes on by itself when the publisher was restarted, and says meanwhile why it waits', async () => {
    const { hub, leaf, restart } = await restartable();
    await sync(leaf);
    await follow(leaf, { follow: true });
    await using _following = startFollowing(leaf.composition, () => undefined, retry);
    await using _worker = startWorker(leaf.composition, () => undefined);
    await until(async () => (await stateOf(leaf))?.state === 'connected');
    await restart(async () => {
      await until(async () => (await stateOf(leaf))?.state === 'reconnecting');
      expect(await stateOf(leaf)).toMatchObject({ code: expect.stringMatching(/^CON-T/) as string });
      await put(hub, 'hub', 'cid');
    });
    await until(() => has(leaf, 'leaf', 'cid'));
  });

  it('is not woken by what it has sent itself', async () => {
    const { hub, leaf } = await pair();
    await sync(leaf);
    await sync(leaf);
    await follow(leaf, { follow: true });
    await using _following = startFollowing(leaf.composition, () => undefined, retry);
    await until(async () => (await stateOf(leaf))?.state === 'connected');
    await put(leaf, 'leaf', 'own');
    await sync(leaf);
    expect(await has(hub, 'hub', 'own')).toBe(true);
    // What comes from others after it is told of; only that is queued.
    await put(hub, 'hub', 'other');
    const { queue } = await leaf.composition.site('leaf');
    await until(async () => (await queue.list({ oneAtATime: 'followed:R' })).length > 0);
    expect(await queue.list()).toHaveLength(1);
  });

  it('is followed by one process of several, and by another one when that has stopped', async () => {
    const { leaf } = await pair();
    await sync(leaf);
    await follow(leaf, { follow: true });
    const other = { ...leaf.composition, node: 'another-machine/1/x' };
    const first = startFollowing(leaf.composition, () => undefined, retry);
    await until(async () => (await stateOf(leaf))?.state === 'connected');
    await using _second = startFollowing(other, () => undefined, retry);
    await first[Symbol.asyncDispose]();
    await until(async () => (await stateOf(leaf))?.state === 'connected');
  });
});

describe('a subscription that cannot be followed', () => {
  it.each([
    ['by mail', { publicationUrl: 'mailto:cps@example.org', subscriptionUrl: 'mailto:leaf@example.org' }],
    ['by folder', { publicationUrl: 'file:///tmp/concord-drop', subscriptionUrl: 'file:///tmp/concord-drop/leaf' }],
  ])('is refused in plain words: %s', async (_, addresses) => {
    const { leaf } = await pair();
    const context = await leaf.composition.site('leaf');
    const asked = { id: 'R', ...addresses, follow: true, actor: manager };
    await expect(subscribe(context, asked, leaf.composition)).rejects.toMatchObject({
      code: 'CON-R008',
      message: 'Only a publication at an http or https address can be followed; give it a schedule instead',
    });
  });
});
