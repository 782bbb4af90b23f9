import { conduitNamed, writingOf } from '../../conduits/conduit.ts';
import { isAllowed } from '../../synchronization/publication.ts';
import type { PublisherHello, SubscriberHello } from '../../synchronization/wire/hello.ts';
import { nothingOpen, readSync } from '../../synchronization/wire/read-commands.ts';
import type { ItemAnswer } from '../../synchronization/wire/statuses.ts';
import { statusesOf } from '../../synchronization/wire/statuses.ts';
import { SyncWriter } from '../../synchronization/wire/sync-writer.ts';
import type { Command } from '../../syncml/message.ts';
import { StatusCode } from '../../syncml/status.ts';
import { encodeMessage } from '../../syncml/xml/encode-message.ts';
import { fillMessage } from '../exchange/fill-message.ts';
import { publisherOutlook } from './publisher-outlook.ts';
import { greeting } from './greeting.ts';
import type { PublisherStep } from './publisher-step.ts';
import { rehearseChanges } from './receive-changes.ts';
import { commandNumbers, headerStatus, replyHeader } from '../exchange/reply.ts';
import { listMembers } from './list-members.ts';
import { agreement, refuseOutdatedPlan } from './welcome.ts';

const frameOctets = 6144;

/**
 * Answers a preview. Where everything is to be compared it is the list of what is here, from where the subscriber has it on (list-members.ts); else it says what
 * would become of the subscriber's changes, and what the publisher would send. Nothing is written but the confirmation of what the
 * subscriber has shown to have. A preview is one message each way: the last one of the package is final when all fitted.
 */
export async function answerPreview(
  step: PublisherStep,
  hello: SubscriberHello,
  alertCmd: string,
): Promise<Uint8Array> {
  const { context, publication, services, message } = step;
  const { subscriber, needs, head } = await agreement(step, hello);
  await refuseOutdatedPlan(step, hello, head);
  const number = commandNumbers();
  const members = await context.store.countChanges(
    { collection: publication.collection, after: 0, upTo: head.seq },
    'present',
  );
  const answer: PublisherHello = {
    kind: needs === 'nothing' ? hello.kind : 'comparison',
    nextAnchor: hello.nextAnchor,
    lastAnchor: subscriber.state.agreedAnchor,
    position: head,
    generation: publication.generation,
    mayPull: isAllowed(publication.mayPull, subscriber.account),
    mayPush: isAllowed(publication.mayPush, subscriber.account),
    deletions: 0,
    members,
    token: step.token,
    needs: needs === 'go-back' ? 'comparison' : needs,
    chain: [],
    backTo: undefined,
    takenUpTo: undefined,
  };
  const body: Command[] = [
    headerStatus(message, number(), StatusCode.AuthenticationAccepted),
    ...greeting(step, { hello: answer, alertCmd }, number),
  ];
  const known = { ...step, subscriber };
  const rehearsed =
    hello.kind !== 'changes'
      ? await listMembers(known, { hello, head, room: services.maxMessageOctets - frameOctets }, number)
      : needs === 'nothing'
        ? await rehearse(known, hello, number)
        : undefined;
  if (rehearsed !== undefined) body.push(...rehearsed.body);
  const header = replyHeader(message, services.maxMessageOctets);
  return new TextEncoder().encode(encodeMessage({ header, body, isFinal: rehearsed?.isComplete ?? true }));
}

async function rehearse(
  step: PublisherStep,
  hello: SubscriberHello,
  number: () => string,
): Promise<{ readonly body: readonly Command[]; readonly isComplete: boolean }> {
  const { context, publication, subscriber, services, message } = step;
  const sync = readSync(message, hello.position.epoch, nothingOpen);
  const conduit = conduitNamed(publication.conduit);
  const reception = {
    context,
    publication,
    subscriber,
    epoch: hello.position.epoch,
    deletionsLeft: Number.MAX_SAFE_INTEGER,
    mayPush: isAllowed(publication.mayPush, subscriber.account),
    isRefresh: false,
    hasOnlyGrown: false,
    namesLostLog: false,
    keys: conduit.keys,
    write: conduit.write,
    subscribersWrite: writingOf(hello.conduit),
    keyOf: () => undefined,
  };
  const changes = sync.commands.flatMap((command) => command.changes);
  const { outcomes } = await rehearseChanges(reception, changes);
  const byGid = new Map<string, ItemAnswer>(outcomes.map((outcome) => [outcome.gid, outcome]));
  const { msgId } = message.header;
  const body: Command[] = sync.commands.flatMap((command) => {
    const answers = command.changes.flatMap((change) => byGid.get(change.gid) ?? []);
    return statusesOf({ command: command.command, message: msgId, answers }, number);
  });
  const head = await context.store.head();
  const outlook = publisherOutlook(
    context,
    { publication, subscriber, query: services.query(publication.query) },
    head.seq,
  );
  const writer = new SyncWriter(head.epoch, services.maxMessageOctets - frameOctets);
  const filled = await fillMessage(outlook, {
    writer,
    cursor: { stage: 'start' },
    isBraked: false,
  });
  body.push({
    kind: 'Sync',
    cmdId: number(),
    target: { locUri: hello.subscription },
    source: { locUri: publication.id },
    commands: writer.commands(number),
  });
  return { body, isComplete: filled.isDone };
}
