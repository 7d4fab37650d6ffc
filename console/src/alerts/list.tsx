//! The subscriptions of an institution, or of the operations centre: `/subscriptions`.

import { Link, useLocation, useSearch } from 'wouter';
import { FilterChoice } from '../elements/filter-choice.tsx';
import { useInstitutionOptions } from '../elements/institutions.ts';
import { Moment } from '../elements/moment.tsx';
import { ReadState } from '../elements/read-state.tsx';
import { Table } from '../elements/table.tsx';
import { catalogue, useTexts } from '../language/language.tsx';
import { useIsStaff, useMay } from '../session/session.tsx';
import { Freshness } from '../shell/freshness.tsx';
import { Page } from '../shell/page.tsx';
import { SUBSCRIPTIONS_OLD_AFTER, useSubscriptions } from './data.ts';
import { byAttention, coverageWords, type Subscription, WORDS } from './words.ts';

const TEXTS = catalogue({
  et: {
    title: 'Tellimused',
    institution: 'Kelle teated',
    operations: 'Halduskeskus (kogu võrk)',
    mine: 'Kõik minu asutused',
    add: 'Uus tellimus',
    address: 'Aadress',
    channel: 'Kanal',
    coverage: 'Mille kohta',
    state: 'Olek',
    since: 'Alates',
    none: 'Tellimusi ei ole: keegi ei saa nende vestlusrobotite kohta teateid.',
    noneNetwork: 'Tellimusi ei ole: keegi ei saa kogu võrku puudutavaid teateid.',
  },
  en: {
    title: 'Subscriptions',
    institution: 'Notifications of',
    operations: 'Operations centre (the whole network)',
    mine: 'All my institutions',
    add: 'New subscription',
    address: 'Address',
    channel: 'Channel',
    coverage: 'About',
    state: 'State',
    since: 'Since',
    none: 'There are no subscriptions: nobody is notified about these chatbots.',
    noneNetwork: 'There are no subscriptions: nobody is notified about the network.',
  },
});

export function SubscriptionList() {
  const texts = useTexts(TEXTS);
  const isStaff = useIsStaff();
  const maySubscribe = useMay('admin', 'operator', 'owner');
  const institution = new URLSearchParams(useSearch()).get('institution') ?? '';
  const [, navigate] = useLocation();
  const subscriptions = useSubscriptions(institution);
  const shown = byAttention(subscriptions.data ?? []);
  const query = institution === '' ? '' : `?institution=${encodeURIComponent(institution)}`;
  const isNetwork = isStaff && institution === '';
  return (
    <Page
      title={texts.title}
      aside={<Freshness readAt={subscriptions.dataUpdatedAt} limit={SUBSCRIPTIONS_OLD_AFTER} />}
    >
      <search>
        <form class="filter" onSubmit={(event) => event.preventDefault()}>
          <FilterChoice
            label={texts.institution}
            value={institution}
            options={useInstitutionOptions()}
            any={isStaff ? texts.operations : texts.mine}
            onChange={(id) =>
              navigate(`/subscriptions${id && `?institution=${encodeURIComponent(id)}`}`, {
                replace: true,
              })
            }
          />
        </form>
      </search>
      {maySubscribe && (
        <p>
          <Link className="button" href={`/subscriptions/new${query}`}>
            {texts.add}
          </Link>
        </p>
      )}
      <ReadState
        error={subscriptions.error}
        onRetry={() => subscriptions.refetch()}
        isRead={subscriptions.data !== undefined}
      />
      {subscriptions.data?.length === 0 && <p>{isNetwork ? texts.noneNetwork : texts.none}</p>}
      {shown.length > 0 && <Subscriptions subscriptions={shown} />}
    </Page>
  );
}

function Subscriptions({ subscriptions }: { subscriptions: Subscription[] }) {
  const texts = useTexts(TEXTS);
  const words = useTexts(WORDS);
  return (
    <Table
      caption={texts.title}
      rows={subscriptions}
      keyOf={({ id }) => id}
      columns={[
        {
          head: texts.address,
          cell: ({ id, address }) => <Link href={`/subscriptions/${id}`}>{address}</Link>,
        },
        { head: texts.channel, cell: ({ channel }) => words.channels[channel].name },
        { head: texts.coverage, cell: ({ coverage }) => coverageWords(coverage, words) },
        {
          head: texts.state,
          cell: ({ state }) => {
            const word = words.states[state.name];
            return state.name === 'failing' ? <strong class="warning">{word}</strong> : word;
          },
        },
        { head: texts.since, cell: ({ state }) => <Moment at={state.since} /> },
      ]}
    />
  );
}
