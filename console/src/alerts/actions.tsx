//! What can be done with a subscription in its present state.

import { useAction } from '../api/action.ts';
import { api, type Versioned } from '../api/client.ts';
import { ConfirmButton } from '../elements/confirm.tsx';
import { Field, Form } from '../elements/form.tsx';
import { ProblemNotice } from '../elements/problem.tsx';
import { catalogue, useTexts } from '../language/language.tsx';
import { type Subscription, WITH_CODE } from './words.ts';

const TEXTS = catalogue({
  et: {
    code: 'Kood',
    codeHint: 'Kuus numbrit, mille saaja teile ütleb. Kood kehtib 15 minutit ja lubab viit katset.',
    confirm: 'Kinnita',
    ask: 'Küsi saajalt uuesti',
    asked: 'Saajalt küsiti uuesti.',
    test: 'Saada proovisõnum',
    tested: 'Proovisõnum saadetakse umbes poole minuti pärast. Tulemus ilmub sõnumite loetellu.',
    pause: 'Peata',
    resume: 'Jätka',
    end: 'Lõpeta tellimus',
    consequence: (address: string) =>
      `Aadressile ${address} ei saadeta enam midagi, ka mitte ootavaid teateid. Tellimus jääb loetavaks ning sama aadressi saab uuesti tellida ja kinnitada.`,
  },
  en: {
    code: 'Code',
    codeHint:
      'Six digits that the recipient tells you. A code is valid for 15 minutes and five tries.',
    confirm: 'Confirm',
    ask: 'Ask the recipient again',
    asked: 'The recipient was asked again.',
    test: 'Send a test message',
    tested:
      'The test message is sent in about half a minute. The list of messages shows the result.',
    pause: 'Pause',
    resume: 'Resume',
    end: 'End the subscription',
    consequence: (address: string) =>
      `Nothing is sent to ${address} any more, nor what waits now. The subscription can still be read, and the address can be subscribed and confirmed again.`,
  },
});

export function Actions({ subscription }: { subscription: Versioned<Subscription> }) {
  const texts = useTexts(TEXTS);
  const { id, state, address } = subscription.value;
  const path = { subscription: id };
  const header = ifMatch(subscription.etag);
  const keys = [['subscription', id], ['subscriptions']] as const;
  const pause = useAction(
    (paused: boolean) =>
      api.PATCH('/subscriptions/{subscription}', {
        params: { path, header },
        body: { paused },
      }),
    ...keys,
  );
  const test = useAction(
    () => api.POST('/subscriptions/{subscription}/test', { params: { path } }),
    ...keys,
  );
  const end = useAction(
    () => api.DELETE('/subscriptions/{subscription}', { params: { path, header } }),
    ...keys,
  );
  if (state.name === 'ended') return null;
  const error = pause.error ?? test.error;
  return (
    <>
      {state.name === 'pending' && <Confirmation subscription={subscription.value} />}
      {error !== null && <ProblemNotice error={error} />}
      {test.isSuccess && <p role="status">{texts.tested}</p>}
      <p>
        {state.name === 'active' && (
          <>
            <button type="button" disabled={test.isPending} onClick={() => test.mutate()}>
              {texts.test}
            </button>{' '}
            <button type="button" disabled={pause.isPending} onClick={() => pause.mutate(true)}>
              {texts.pause}
            </button>
          </>
        )}
        {(state.name === 'paused' || state.name === 'failing') && (
          <button type="button" disabled={pause.isPending} onClick={() => pause.mutate(false)}>
            {texts.resume}
          </button>
        )}
      </p>
      <ConfirmButton
        action={texts.end}
        consequence={texts.consequence(address)}
        onConfirm={() => end.mutateAsync()}
      />
    </>
  );
}

/** Returns the header by which a change is made only to the version that was shown. */
export function ifMatch(etag: string | undefined): { 'If-Match'?: string } {
  return etag === undefined ? {} : { 'If-Match': etag };
}

function Confirmation({ subscription: { id, channel } }: { subscription: Subscription }) {
  const texts = useTexts(TEXTS);
  const confirm = useAction(
    (code: string | undefined) =>
      api.POST('/subscriptions/{subscription}/confirmation', {
        params: { path: { subscription: id } },
        body: code === undefined ? {} : { code },
      }),
    ['subscription', id],
    ['subscriptions'],
  );
  const hasAsked = confirm.isSuccess && confirm.variables === undefined;
  return (
    <>
      {WITH_CODE.includes(channel) && (
        <Form
          submit={texts.confirm}
          isPending={confirm.isPending}
          error={confirm.error}
          onSubmit={({ code }) => code !== undefined && confirm.mutate(code)}
        >
          <Field
            label={texts.code}
            name="code"
            hint={texts.codeHint}
            required
            maxLength={6}
            pattern="[0-9]{6}"
          />
        </Form>
      )}
      {!WITH_CODE.includes(channel) && confirm.error !== null && (
        <ProblemNotice error={confirm.error} />
      )}
      {hasAsked && <p role="status">{texts.asked}</p>}
      <p>
        <button
          type="button"
          disabled={confirm.isPending}
          onClick={() => confirm.mutate(undefined)}
        >
          {texts.ask}
        </button>
      </p>
    </>
  );
}
