//! A subscription: its state, what can be done, its settings and its messages: `/subscriptions/:id`.

import { Link } from 'wouter';
import type { Versioned } from '../api/client.ts';
import { Moment } from '../elements/moment.tsx';
import { ReadState } from '../elements/read-state.tsx';
import { catalogue, useTexts } from '../language/language.tsx';
import { Freshness } from '../shell/freshness.tsx';
import { Page } from '../shell/page.tsx';
import { Actions } from './actions.tsx';
import { Change } from './change.tsx';
import { SUBSCRIPTIONS_OLD_AFTER, useMayChange, useSubscription } from './data.ts';
import { Messages } from './messages.tsx';
import { SettingsList } from './settings-list.tsx';
import { coverageWords, type Subscription, WORDS } from './words.ts';

const TEXTS = catalogue({
  et: {
    title: 'Tellimus',
    back: 'Kõik tellimused',
    state: 'Olek',
    since: 'alates',
    error: 'Saaja süsteem vastas',
    failing: 'Teated ootavad. Kui põhjus on kõrvaldatud, jätkake tellimust.',
    paused: 'Teated ootavad: olekut puudutavad 30 päeva, teised seitse päeva.',
    pending: (confirmation: string) =>
      `Enne kinnitust ei saadeta midagi. Saaja kinnitab ${confirmation}. 48 tunni järel tellimus lõpeb.`,
    details: 'Andmed',
    channel: 'Kanal',
    address: 'Aadress',
    coverage: 'Mille kohta',
    chatbots: 'Vestlusrobotid',
    created: 'Loodud',
    changed: 'Muudetud',
  },
  en: {
    title: 'Subscription',
    back: 'All subscriptions',
    state: 'State',
    since: 'since',
    error: 'The system of the recipient answered',
    failing: 'Messages wait. Resume the subscription when the cause is removed.',
    paused: 'Messages wait: those about a status for 30 days, others for seven.',
    pending: (confirmation: string) =>
      `Nothing is sent before the confirmation. The recipient confirms ${confirmation}. The subscription ends after 48 hours.`,
    details: 'Details',
    channel: 'Channel',
    address: 'Address',
    coverage: 'About',
    chatbots: 'Chatbots',
    created: 'Created',
    changed: 'Changed',
  },
});

export function SubscriptionPage({ id }: { id: string }) {
  const texts = useTexts(TEXTS);
  const subscription = useSubscription(id);
  const { data, error } = subscription;
  const list = data?.value.coverage.institution;
  return (
    <Page
      title={data === undefined ? texts.title : `${texts.title}: ${data.value.address}`}
      aside={<Freshness readAt={subscription.dataUpdatedAt} limit={SUBSCRIPTIONS_OLD_AFTER} />}
    >
      <p>
        <Link href={`/subscriptions${list ? `?institution=${list}` : ''}`}>{texts.back}</Link>
      </p>
      <ReadState error={error} onRetry={() => subscription.refetch()} isRead={data !== undefined} />
      {data !== undefined && <Content subscription={data} />}
    </Page>
  );
}

function Content({ subscription }: { subscription: Versioned<Subscription> }) {
  const { value } = subscription;
  const mayChange = useMayChange(value.coverage.type);
  return (
    <>
      <State subscription={subscription} mayChange={mayChange} />
      <Details subscription={value} />
      {mayChange && value.state.name !== 'ended' && <Change subscription={subscription} />}
      <Messages subscription={value} mayRedeliver={mayChange && value.state.name === 'active'} />
    </>
  );
}

interface StateProps {
  subscription: Versioned<Subscription>;
  mayChange: boolean;
}

function State({ subscription, mayChange }: StateProps) {
  const texts = useTexts(TEXTS);
  const words = useTexts(WORDS);
  const { state, channel } = subscription.value;
  return (
    <section class="card" aria-labelledby="state">
      <h2 id="state">{texts.state}</h2>
      <p class={state.name === 'failing' ? 'large warning' : 'large'}>
        {words.states[state.name]} {texts.since} <Moment at={state.since} />
      </p>
      {state.name === 'pending' && <p>{texts.pending(words.channels[channel].confirmation)}</p>}
      {state.name === 'paused' && <p>{texts.paused}</p>}
      {state.name === 'failing' && <p>{texts.failing}</p>}
      {state.error !== undefined && (
        <p>
          {texts.error}: <q>{state.error}</q>
        </p>
      )}
      {state.by !== undefined && <p>{words.endedBy[state.by]}</p>}
      {mayChange && <Actions subscription={subscription} />}
    </section>
  );
}

function Details({ subscription }: { subscription: Subscription }) {
  const texts = useTexts(TEXTS);
  const words = useTexts(WORDS);
  const { channel, address, coverage, settings, createdAt, updatedAt } = subscription;
  return (
    <section class="card" aria-labelledby="details">
      <h2 id="details">{texts.details}</h2>
      <dl>
        <dt>{texts.channel}</dt>
        <dd>{words.channels[channel].name}</dd>
        <dt>{texts.address}</dt>
        <dd>{address}</dd>
        <dt>{texts.coverage}</dt>
        <dd>{coverageWords(coverage, words)}</dd>
        {coverage.chatbots !== undefined && (
          <>
            <dt>{texts.chatbots}</dt>
            <dd>
              <ul>
                {coverage.chatbots.map(({ name }) => (
                  <li key={name}>
                    <Link href={`/chatbots/${name}`}>{name}</Link>
                  </li>
                ))}
              </ul>
            </dd>
          </>
        )}
        <SettingsList settings={settings} />
        <dt>{texts.created}</dt>
        <dd>
          <Moment at={createdAt} />
        </dd>
        <dt>{texts.changed}</dt>
        <dd>
          <Moment at={updatedAt} />
        </dd>
      </dl>
    </section>
  );
}
