//! The messages to a subscription, newest first: what was told, and whether it arrived.

import { useAction } from '../api/action.ts';
import { api, dataOf, type Schemas } from '../api/client.ts';
import { usePages } from '../api/pages.ts';
import { Loading } from '../elements/loading.tsx';
import { Moment } from '../elements/moment.tsx';
import { Older } from '../elements/older.tsx';
import { ProblemNotice } from '../elements/problem.tsx';
import { Table } from '../elements/table.tsx';
import { catalogue, useTexts } from '../language/language.tsx';
import { type Subscription, WORDS } from './words.ts';

type Message = Schemas['Message'];

const TEXTS = catalogue({
  et: {
    title: 'Sõnumid',
    about: 'Viimase 90 päeva sõnumid, uuemad eespool. Sõnumite täistekste ei näidata.',
    none: 'Sõnumeid ei ole veel saadetud.',
    at: 'Koostatud',
    subject: 'Millest teatati',
    state: 'Seis',
    attempts: 'Katseid',
    answer: 'Saaja süsteem vastas',
    next: 'järgmine katse',
    action: 'Tegevus',
    redeliver: 'Saada uuesti',
    queued: 'Sõnum saadetakse uuesti.',
  },
  en: {
    title: 'Messages',
    about: 'Messages of the last 90 days, newest first. Their whole texts are not shown.',
    none: 'No message has been sent yet.',
    at: 'Composed',
    subject: 'What was told',
    state: 'State',
    attempts: 'Attempts',
    answer: 'Answer of the recipient’s system',
    next: 'next attempt',
    action: 'Action',
    redeliver: 'Deliver again',
    queued: 'The message is delivered again.',
  },
});

const SECONDS = 15;

interface Props {
  subscription: Subscription;
  mayRedeliver: boolean;
}

export function Messages({ subscription: { id }, mayRedeliver }: Props) {
  const texts = useTexts(TEXTS);
  const key = ['subscription', id, 'messages'];
  const { query, items } = usePages(
    key,
    async (cursor) =>
      dataOf(
        await api.GET('/subscriptions/{subscription}/messages', {
          params: { path: { subscription: id }, query: cursor === undefined ? {} : { cursor } },
        }),
      ),
    (page) => page.messages,
    SECONDS,
  );
  const redeliver = useAction(
    (message: string) =>
      api.POST('/subscriptions/{subscription}/messages/{message}/redelivery', {
        params: { path: { subscription: id, message } },
      }),
    key,
  );
  return (
    <section aria-labelledby="messages">
      <h2 id="messages">{texts.title}</h2>
      <p class="quiet">{texts.about}</p>
      {query.error !== null && (
        <ProblemNotice error={query.error} onRetry={() => query.refetch()} />
      )}
      {redeliver.error !== null && <ProblemNotice error={redeliver.error} />}
      {redeliver.isSuccess && <p role="status">{texts.queued}</p>}
      {items === undefined && query.error === null && <Loading rows={3} />}
      {items?.length === 0 && !query.hasNextPage && <p>{texts.none}</p>}
      {items !== undefined && items.length > 0 && (
        <MessageTable
          messages={items}
          isPending={redeliver.isPending}
          onRedeliver={mayRedeliver ? (message) => redeliver.mutate(message) : undefined}
        />
      )}
      {items !== undefined && <Older query={query} count={items.length} />}
    </section>
  );
}

interface TableProps {
  messages: Message[];
  isPending: boolean;
  /** Delivers a message again; undefined if that is not possible. */
  onRedeliver: ((id: string) => void) | undefined;
}

function MessageTable({ messages, isPending, onRedeliver }: TableProps) {
  const texts = useTexts(TEXTS);
  const { messageStates } = useTexts(WORDS);
  const state = ({ state, changedAt, nextAttemptAt }: Message) => (
    <>
      {messageStates[state]} {changedAt !== undefined && <Moment at={changedAt} />}
      {nextAttemptAt !== undefined && (
        <>
          ({texts.next} <Moment at={nextAttemptAt} />)
        </>
      )}
    </>
  );
  const action = ({ id, subject, state }: Message) =>
    (state === 'sent' || state === 'failed') &&
    onRedeliver !== undefined && (
      <button
        type="button"
        disabled={isPending}
        aria-label={`${texts.redeliver}: ${subject}`}
        onClick={() => onRedeliver(id)}
      >
        {texts.redeliver}
      </button>
    );
  return (
    <Table
      caption={texts.title}
      rows={messages}
      keyOf={({ id }) => id}
      columns={[
        { head: texts.subject, cell: ({ subject }) => subject },
        { head: texts.at, cell: ({ at }) => <Moment at={at} /> },
        { head: texts.state, cell: state },
        { head: texts.attempts, cell: ({ attempts }) => attempts },
        { head: texts.answer, cell: ({ error }) => error },
        ...(onRedeliver === undefined ? [] : [{ head: texts.action, cell: action }]),
      ]}
    />
  );
}
