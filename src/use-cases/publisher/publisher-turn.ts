import { lossyName } from '../../conduits/conduit.ts';
import type { Gid } from '../../objects/gid.ts';
import type { Position } from '../../objects/position.ts';
import type { Query } from '../../objects/query.ts';
import type { Decision } from '../../ports/site-store.ts';
import type { Exception, Held, ReceivedChange } from '../../synchronization/exception.ts';
import { isAllowed } from '../../synchronization/publication.ts';
import type { PublisherSession, SubscriberState } from '../../synchronization/subscriber.ts';
import { isAtStart } from '../../synchronization/subscription.ts';
import { addTally } from '../../synchronization/tally.ts';
import type { PublisherHello, SubscriberHello } from '../../synchronization/wire/hello.ts';
import type { ReadCommand, ReadSync } from '../../synchronization/wire/read-commands.ts';
import { openingAlert, statusesIn } from '../../synchronization/wire/read-commands.ts';
import type { ItemAnswer } from '../../synchronization/wire/statuses.ts';
import { metaOfPosition } from '../../synchronization/wire/read-position.ts';
import { answersOf, statusesOf } from '../../synchronization/wire/statuses.ts';
import { SyncWriter } from '../../synchronization/wire/sync-writer.ts';
import type { Command } from '../../syncml/message.ts';
import type { Status } from '../../syncml/status.ts';
import { StatusCode } from '../../syncml/status.ts';
import { encodeMessage } from '../../syncml/xml/encode-message.ts';
import { removalsOverLimit } from '../exchange/differences.ts';
import { holdsNow } from '../exchange/held-by-peer.ts';
import type { Filled } from '../exchange/fill-message.ts';
import { nothingAt } from '../exchange/fill-message.ts';
import type { FilledMessage, MessageSource } from '../exchange/filling-ahead.ts';
import { fillNow } from '../exchange/filling-ahead.ts';
import type { ToldNotes } from '../exchange/tell-notes.ts';
import { tellNotes } from '../exchange/tell-notes.ts';
import { publisherOutlook } from './publisher-outlook.ts';
import { publisherSource } from './publisher-source.ts';
import type { ReceivedPackage } from './reception.ts';
import { notesAfter, notesTakenBack } from './take-notes-back.ts';
import { greeting } from './greeting.ts';
import { numberOfChanges } from '../exchange/number-of-changes.ts';
import { commandNumbers, headerStatus, replyHeader } from '../exchange/reply.ts';
import type { PublisherStep } from './publisher-step.ts';
import { Refusals } from '../exchange/refusals.ts';
import { defaultXmlLimits } from '../../xml/limits.ts';
import type { LogLine } from '../../ports/peer-reader.ts';
import { recordEnded } from './record-ended.ts';
import type { TakenSoFar } from './taken-so-far.ts';
import { takenWith } from './taken-so-far.ts';

/** The Alert that opened the session, when it stands in this message. */
export interface Opening {
  readonly hello: SubscriberHello;
  readonly alertCmd: string;
}

/** What a turn is made from: the message that came in, and what came of it. */
export interface TurnInput {
  readonly step: PublisherStep;
  readonly session: PublisherSession;
  readonly sync: ReadSync;
  readonly received: ReceivedPackage;
  readonly query: Query;
  readonly head: Position;
  readonly opening: Opening | undefined;
  readonly chain: readonly string[];
}

/** One turn of the publisher: from what was received to the answer and the state that goes with it. */
export class PublisherTurn {
  readonly #input: TurnInput;
  readonly #exceptions: { peer: number; gid: Gid; exception: Exception | undefined }[] = [];

  constructor(input: TurnInput) {
    this.#input = input;
  }

  async decide(): Promise<Decision<Answered>> {
    const { step, session, sync, received, head } = this.#input;
    const { subscriber, message, digest } = step;
    await this.#hearStatuses();
    let next: PublisherSession = {
      ...session,
      partial: sync.partial,
      orphans: received.orphans,
      received: addTally(session.received, received),
    };
    const completes = session.stage === 'receiving' && message.isFinal;
    if (completes) next = { ...next, stage: 'sending', readAt: head, brakedDeletions: await this.#brakedDeletions() };
    const sending = next.stage === 'sending' ? await this.#send(next) : undefined;
    if (sending !== undefined) next = sending.session;
    const isOver = sending?.isOver === true;
    const state = this.#stateAfter(next, sending?.isLast === true, isOver);
    const body = this.#answer(next, sending, isOver);
    const lastExchange = { session: message.header.sessionId, message: message.header.msgId, digest };
    const row = { ...subscriber, state: { ...state, lastExchange } };
    const unsettled = new Set(this.#exceptions.map(({ gid }) => gid));
    const log = [...this.#refusals(), ...(isOver ? await recordEnded(step, next, { head, unsettled }) : [])];
    return {
      batch: {
        exceptions: this.#exceptions,
        conflicts: await notesTakenBack(step, sync),
        subscribers: [{ row, message: body }],
        pieces: sync.pieces === undefined ? [] : [{ peer: subscriber.peer, ...sync.pieces }],
        log,
      },
      result: { body, following: sending?.following },
    };
  }

  #refusals(): readonly LogLine[] {
    const { step, sync } = this.#input;
    const { maxOctets } = step.context.xmlLimits ?? defaultXmlLimits;
    return new Refusals(step.publication.id, step.context.clock).addTooLarge(sync, maxOctets).lines;
  }

  /** What the subscriber did not take in, and why. */
  async #hearStatuses(): Promise<void> {
    const { step, session } = this.#input;
    const outlook = this.#outlook(session.readAt?.seq ?? 0);
    for (const answer of answersOf(statusesIn(step.message))) {
      if (answer.code < 300 && answer.code !== StatusCode.OperationCancelled) continue;
      const before = (await outlook.store.exceptions(outlook.peer, { gids: [answer.gid] })).get(answer.gid);
      const received = before !== undefined && 'received' in before ? before.received : undefined;
      this.#remember(answer.gid, exceptionFor(answer, await holdsNow(outlook, answer.gid), received));
    }
  }

  #remember(gid: Gid, exception: Exception | undefined): void {
    this.#exceptions.push({ peer: this.#input.step.subscriber.peer, gid, exception });
  }

  /** How much of the subscriber's log has been taken in, with what this message brought. */
  #taken(): TakenSoFar {
    const { step, session, received, sync } = this.#input;
    const unread = sync.commands.flatMap((command) => command.answers);
    const told = { upTo: session.subscriberReadAt.seq, outcomes: received.outcomes, unread };
    return takenWith(step.subscriber.state, told);
  }

  #outlook(upTo: number): ReturnType<typeof publisherOutlook> {
    const { step, query } = this.#input;
    const subscriber = { ...step.subscriber, state: { ...step.subscriber.state, ...this.#taken() } };
    return publisherOutlook(step.context, { publication: step.publication, subscriber, query }, upTo);
  }

  async #brakedDeletions(): Promise<number> {
    const { step, session, head } = this.#input;
    if (session.kind === 'refresh-from-subscriber') {
      const kept = await step.context.store.exceptions(step.subscriber.peer, { reason: 'withheld' });
      return [...kept.values()].filter((exception) => exception.reason === 'withheld' && exception.by === 'brake')
        .length;
    }
    return removalsOverLimit(this.#outlook(head.seq), {
      allowed: session.allowedDeletions,
      brake: step.services.brake,
    });
  }

  /** Notes go before changes: nobody has the value that stands without that which does not. Those that are written when a change is on its way go with the next sync. */
  async #send(session: PublisherSession): Promise<Sending> {
    const source = this.#source(session);
    const isFirst = isAtStart(session.cursor);
    const writer = new SyncWriter(source.epoch, source.room);
    const told = { upTo: session.conflictsUpTo, begun: session.noteBegun };
    const notes = isFirst ? await this.#addNotes(writer, told) : { ...told, isDone: true };
    const message = notes.isDone ? await this.#fill(source, writer) : { writer, filled: nothingAt(session.cursor) };
    const { filled } = message;
    for (const { gid, exception } of filled.exceptions) this.#remember(gid, exception);
    const { cursor, isDone: isLast } = filled;
    const sent = addTally(session.sent, filled.tally);
    const next = { ...session, cursor, conflictsUpTo: notes.upTo, noteBegun: notes.begun, sent };
    const following = isLast || !notes.isDone ? undefined : this.#source(next);
    return { session: next, ...message, isFirst, isLast, isOver: isLast && message.writer.isEmpty, following };
  }

  async #fill(source: MessageSource, writer: SyncWriter): Promise<FilledMessage> {
    const { fillingAhead } = this.#input.step.context;
    if (fillingAhead === undefined) return fillNow(source, { writer });
    return writer.isEmpty ? fillingAhead.take(source) : fillingAhead.fill(source, writer);
  }

  #source(session: PublisherSession): MessageSource {
    const readAt = session.readAt ?? this.#input.head;
    return publisherSource(this.#input.step, { session, readAt, outlook: this.#outlook(readAt.seq) });
  }

  async #addNotes(writer: SyncWriter, told: ToldNotes): ReturnType<typeof tellNotes> {
    const { context, subscriber, message } = this.#input.step;
    // The answer to a farewell is not heard: what became of a conflict since goes with the next sync.
    if (message.header.noResp === true) return { ...told, isDone: true };
    const list = { role: 'publisher', peer: subscriber.peer } as const;
    const page = (listedAfter: number, limit: number): ReturnType<typeof context.store.conflicts> =>
      context.store.conflicts({ ...list, listedAfter, limit });
    return tellNotes(writer, { page }, told);
  }

  #stateAfter(next: PublisherSession, isLast: boolean, isOver: boolean): SubscriberState {
    const { step } = this.#input;
    const { nextAnchor: anchor, readAt, subscriberReadAt: subscriber, conflictsUpTo } = next;
    const state = { ...step.subscriber.state, ...this.#taken(), session: next };
    if (!isLast || readAt === undefined) return state;
    const offered = { anchor, checkpoint: { publisher: readAt, subscriber, takenUpTo: 0 }, conflictsUpTo };
    const over = isOver ? { lastSyncAt: step.context.clock.now(), faults: undefined, session: undefined } : {};
    return { ...state, ...notesAfter(step, readAt.epoch), offered, ...over };
  }

  #answer(session: PublisherSession, sending: Sending | undefined, isOver: boolean): Uint8Array {
    const { step, sync, received, opening } = this.#input;
    const number = commandNumbers();
    const body: Command[] = [headerStatus(step.message, number(), StatusCode.AuthenticationAccepted)];
    if (opening !== undefined) body.push(...this.#greetBack(session, opening, number));
    if (sync.sync !== undefined) body.push(this.#statusOfSync(session, sync.sync.cmdId, number()));
    // What closes conflicts of an object stands behind its change, which is what there is something to say of.
    const outcomes = new Map<Gid, ItemAnswer>(received.outcomes.toReversed().map((outcome) => [outcome.gid, outcome]));
    for (const command of sync.commands) {
      if (command.noteCode !== undefined) body.push(this.#statusOfNotes(command, command.noteCode, number()));
      const answers = [...command.answers, ...command.changes.flatMap((change) => outcomes.get(change.gid) ?? [])];
      body.push(...statusesOf({ command: command.command, message: step.message.header.msgId, answers }, number));
    }
    if (sending !== undefined) {
      const meta =
        opening === undefined && session.readAt !== undefined ? { meta: metaOfPosition(session.readAt) } : {};
      const announced = sending.isFirst && session.kind === 'changes' ? numberOfChanges(session.sent) : {};
      const commands = sending.writer.commands(number);
      body.push({ kind: 'Sync', cmdId: number(), ...this.#addresses(), ...meta, ...announced, commands });
    }
    const isFinal = sending?.isLast === true || isOver;
    const header = replyHeader(step.message, opening === undefined ? undefined : step.services.maxMessageOctets);
    return new TextEncoder().encode(encodeMessage({ header, body, isFinal }));
  }

  #statusOfNotes({ command }: ReadCommand, code: StatusCode, cmdId: string): Status {
    const { msgId } = this.#input.step.message.header;
    const cmd = command.kind === 'Other' ? command.name : command.kind;
    return { kind: 'Status', cmdId, msgRef: msgId, cmdRef: command.cmdId, cmd, code };
  }

  /** Says too when the own deletions wait for permission. */
  #statusOfSync(session: PublisherSession, cmdRef: string, cmdId: string): Status {
    const { msgId } = this.#input.step.message.header;
    const status = { kind: 'Status', cmdId, msgRef: msgId, cmdRef, cmd: 'Sync' } as const;
    if (session.brakedDeletions === 0) return { ...status, code: StatusCode.Ok };
    return { ...status, code: StatusCode.OperationCancelled, items: [{ data: String(session.brakedDeletions) }] };
  }

  #greetBack(session: PublisherSession, opening: Opening, number: () => string): readonly Command[] {
    const { step, head } = this.#input;
    const { publication, subscriber, token } = step;
    const hello: PublisherHello = {
      kind: session.kind,
      nextAnchor: session.nextAnchor,
      lastAnchor: subscriber.state.agreedAnchor,
      position: session.readAt ?? head,
      generation: publication.generation,
      mayPull: isAllowed(publication.mayPull, subscriber.account),
      mayPush: isAllowed(publication.mayPush, subscriber.account),
      deletions: session.brakedDeletions,
      members: session.kind === 'changes' ? 0 : session.sent.expected,
      token,
      needs: 'nothing',
      chain: this.#input.chain,
      backTo: undefined,
      takenUpTo: session.hadTaken,
      ...lossyName(publication.conduit),
    };
    return greeting(step, { hello, alertCmd: opening.alertCmd }, number);
  }

  #addresses(): { readonly target: { readonly locUri: string }; readonly source: { readonly locUri: string } } {
    const { publication, message } = this.#input.step;
    const alert = openingAlert(message);
    return {
      target: { locUri: alert?.items[0]?.source?.locUri ?? publication.id },
      source: { locUri: publication.id },
    };
  }
}

interface Answered {
  readonly body: Uint8Array;
  /** What the next message will be filled from, when there is one. */
  readonly following: MessageSource | undefined;
}

interface Sending {
  readonly session: PublisherSession;
  readonly writer: SyncWriter;
  readonly filled: Filled;
  /** The package begins with this message. */
  readonly isFirst: boolean;
  /** The package is complete with this message. */
  readonly isLast: boolean;
  /** There is nothing in it, so the session is over. */
  readonly isOver: boolean;
  /** What the next message will be filled from, when the changes go on. */
  readonly following: MessageSource | undefined;
}

function exceptionFor(answer: ItemAnswer, holds: Held, received: ReceivedChange | undefined): Exception {
  if (answer.code === StatusCode.Conflict) return { reason: 'not-taken', holds, received };
  if (answer.code === StatusCode.IncompleteCommand) return { reason: 'wanted', holds };
  if (answer.code === StatusCode.OperationCancelled) return { reason: 'withheld', by: 'brake', holds };
  return { reason: 'refused', code: answer.code, holds };
}
