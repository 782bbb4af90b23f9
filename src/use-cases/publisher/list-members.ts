import { conduitNamed, writingOf } from '../../conduits/conduit.ts';
import type { Revision } from '../../objects/revision.ts';
import { digestOfVersion } from '../../objects/version.ts';
import type { Position } from '../../objects/position.ts';
import type { Change } from '../../synchronization/change.ts';
import { isAllowed } from '../../synchronization/publication.ts';
import { withDocument } from '../../synchronization/fields.ts';
import { toCollection } from '../../synchronization/relative.ts';
import type { SubscriberHello } from '../../synchronization/wire/hello.ts';
import { SyncWriter } from '../../synchronization/wire/sync-writer.ts';
import type { Command } from '../../syncml/message.ts';
import { isPublished } from '../exchange/held-by-peer.ts';
import { publisherOutlook } from './publisher-outlook.ts';
import type { PublisherStep } from './publisher-step.ts';

const pageSize = 200;

/** Which part of the list, as of which position, and how many octets it may take. */
export interface ListPart {
  readonly hello: SubscriberHello;
  readonly head: Position;
  readonly room: number;
}

/**
 * The next part of the list of what is published, in log order: of each object what tells it from others, not its document; and the deletions that the log knows of.
 * It is for the preview of a comparison, and writes nothing. Whoever may not pull gets an empty list.
 */
export async function listMembers(
  { context, publication, subscriber, services }: PublisherStep,
  { hello, head, room }: ListPart,
  number: () => string,
): Promise<{ readonly body: readonly Command[]; readonly isComplete: boolean }> {
  const writer = new SyncWriter(head.epoch, room);
  const query = services.query(publication.query);
  const conduit = conduitNamed(publication.conduit);
  const write = writingOf(hello.conduit);
  const outlook = publisherOutlook(context, { publication, subscriber, query }, head.seq);
  const nameOf = async (revision: Revision): Promise<Change | undefined> => {
    const { gid } = revision.version;
    if (revision.state === 'deleted')
      return { kind: 'delete', gid, number: revision.seq, base: undefined, edits: revision.edits, closes: [] };
    if (revision.state !== 'present' || !(await isPublished(outlook, revision.version, head.seq))) return undefined;
    const version = toCollection(revision.version, publication.root);
    const { documentDigest, parent, id, type } = version;
    const key = conduit.keyOf?.(version);
    const result = digestOfVersion(version);
    const theirs = write === undefined ? result : digestOfVersion(withDocument(version, write(version.document)));
    const equivalent = theirs === result ? {} : { equivalent: theirs };
    const claim = { result, documentDigest, parent, id, type, key, wasAgreed: false, ...equivalent };
    return { kind: 'have', gid, number: revision.seq, claim };
  };
  const isComplete = isAllowed(publication.mayPull, subscriber.account) ? await fill() : true;
  const addresses = { target: { locUri: hello.subscription }, source: { locUri: publication.id } };
  return { body: [{ kind: 'Sync', cmdId: number(), ...addresses, commands: writer.commands(number) }], isComplete };

  async function fill(): Promise<boolean> {
    for (let after = hello.listAfter; ;) {
      const range = { collection: publication.collection, after, upTo: head.seq };
      const page = await context.store.changes(range, 'all', pageSize);
      for (const { revision, isMember } of page) {
        const change = isMember || revision.state === 'deleted' ? await nameOf(revision) : undefined;
        if (change !== undefined && writer.add(change).outcome !== 'added') return false;
        after = revision.seq;
      }
      if (page.length < pageSize) return true;
    }
  }
}
