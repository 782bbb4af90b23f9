import type { PublisherHello } from '../../synchronization/wire/hello.ts';
import { alertOfPublisher } from '../../synchronization/wire/hello.ts';
import { openingAlert } from '../../synchronization/wire/read-commands.ts';
import { anchorItem } from '../../syncml/anchor-echo.ts';
import type { Command } from '../../syncml/message.ts';
import { StatusCode } from '../../syncml/status.ts';
import { encodeMessage } from '../../syncml/xml/encode-message.ts';
import { answerIntroduction } from '../exchange/introduction.ts';
import type { PublisherStep } from './publisher-step.ts';
import { commandNumbers, headerStatus, replyHeader } from '../exchange/reply.ts';

/** The publisher's answer to the Alert that opens a session: its Status, and the publisher's own Alert (SyncML DS Protocol 1.2, sync initialization). */
export function greeting(
  step: PublisherStep,
  { hello, alertCmd }: { readonly hello: PublisherHello; readonly alertCmd: string },
  number: () => string,
): readonly Command[] {
  const code = hello.needs === 'nothing' ? StatusCode.Ok : StatusCode.RefreshRequired;
  const alert = openingAlert(step.message);
  const subscription = alert?.items[0]?.source?.locUri ?? '';
  const next = alert?.items[0]?.meta?.anchor?.next ?? '';
  const msgRef = step.message.header.msgId;
  const introduced = { site: step.context.site, dataStore: step.publication.id };
  return [
    ...answerIntroduction(step.message, introduced, number),
    { kind: 'Status', cmdId: number(), msgRef, cmdRef: alertCmd, cmd: 'Alert', code, items: [anchorItem({ next })] },
    alertOfPublisher(hello, { publication: step.publication.id, subscription }, number()),
  ];
}

/** An answer that opens nothing: it says what the subscriber must do first. It is stored like all others. */
export async function turnBackAnswer(
  step: PublisherStep,
  back: { readonly hello: PublisherHello; readonly alertCmd: string },
): Promise<Uint8Array> {
  const number = commandNumbers();
  const body: Command[] = [
    headerStatus(step.message, number(), StatusCode.AuthenticationAccepted),
    ...greeting(step, back, number),
  ];
  const header = replyHeader(step.message, step.services.maxMessageOctets);
  const message = new TextEncoder().encode(encodeMessage({ header, body, isFinal: true }));
  const { subscriber, digest } = step;
  const lastExchange = { session: step.message.header.sessionId, message: step.message.header.msgId, digest };
  const row = { ...subscriber, state: { ...subscriber.state, lastExchange } };
  return step.context.store.update(() =>
    Promise.resolve({ batch: { subscribers: [{ row, message }] }, result: message }),
  );
}
