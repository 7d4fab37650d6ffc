//! The list of planned outages: `/outages`.

import { Link, useLocation, useSearch } from 'wouter';
import { FilterChoice } from '../elements/filter-choice.tsx';
import { useInstitutionOptions } from '../elements/institutions.ts';
import { Loading } from '../elements/loading.tsx';
import { NothingFound } from '../elements/nothing-found.tsx';
import { ProblemNotice } from '../elements/problem.tsx';
import { Table } from '../elements/table.tsx';
import { visible } from '../elements/visible.ts';
import { catalogue, useLanguage, useTexts } from '../language/language.tsx';
import { useMay } from '../session/session.tsx';
import { Freshness } from '../shell/freshness.tsx';
import { Page } from '../shell/page.tsx';
import { CalendarLink } from './calendar.tsx';
import { LIST_OLD_AFTER, useOutages } from './data.ts';
import { type Filter, filtered, filterOf, NO_FILTER, searchOf } from './filter.ts';
import type { Outage } from './plan.ts';
import { byTime, isOver, nextOf, outageStateWords, ruleWords, stateOptions } from './words.ts';
import { ownZone, period } from './zone.ts';

/** The most chatbots that are named in a row. */
const MOST_NAMES = 3;

const TEXTS = catalogue({
  et: {
    title: 'Plaanitud katkestused',
    plan: 'Plaani katkestus',
    state: 'Olek',
    notOver: 'Kõik, mis ei ole läbi',
    all: 'Kõik',
    institution: 'Asutus',
    reason: 'Mida tehakse',
    next: 'Järgmine kord',
    later: 'Hiljem kui 60 päeva pärast',
    never: '–',
    chatbots: 'Vestlusrobotid',
    every: 'Asutuse kõik vestlusrobotid',
    some: (count: number) => `${count} vestlusrobotit`,
    rule: 'Millal',
    none: 'Ühtegi katkestust ei ole plaanitud.',
    noMatch: 'Ükski plaanitud katkestus ei vasta filtrile.',
  },
  en: {
    title: 'Planned outages',
    plan: 'Plan an outage',
    state: 'State',
    notOver: 'All that are not over',
    all: 'All',
    institution: 'Institution',
    reason: 'What is done',
    next: 'Next time',
    later: 'More than 60 days ahead',
    never: '–',
    chatbots: 'Chatbots',
    every: 'All of the institution',
    some: (count: number) => `${count} chatbots`,
    rule: 'When',
    none: 'No outage is planned.',
    noMatch: 'No planned outage matches the filter.',
  },
});

export function OutageList() {
  const texts = useTexts(TEXTS);
  const filter = filterOf(useSearch());
  const [, navigate] = useLocation();
  const mayPlan = useMay('admin', 'operator', 'owner');
  const outages = useOutages(filter.institution);
  const shown = byTime(filtered(outages.data ?? [], filter));
  const change = (changed: Partial<Filter>) =>
    navigate(`/outages${searchOf({ ...filter, ...changed })}`, { replace: true });
  const isFiltered = filter.institution !== '' || filter.state !== '';
  const institution =
    filter.institution === '' ? '' : `?institution=${encodeURIComponent(filter.institution)}`;
  return (
    <Page
      title={texts.title}
      aside={<Freshness readAt={outages.dataUpdatedAt} limit={LIST_OLD_AFTER} />}
    >
      {mayPlan && (
        <p>
          <Link class="button" href={`/outages/new${institution}`}>
            {texts.plan}
          </Link>
        </p>
      )}
      <FilterForm filter={filter} onChange={change} />
      {outages.error !== null && (
        <ProblemNotice error={outages.error} onRetry={() => outages.refetch()} />
      )}
      {outages.isPending && <Loading />}
      {outages.data !== undefined && shown.length === 0 && (
        <NothingFound
          isFiltered={isFiltered}
          none={texts.none}
          noMatch={texts.noMatch}
          onClear={() => change(NO_FILTER)}
        />
      )}
      {shown.length > 0 && <OutageTable outages={shown} />}
      {filter.institution !== '' && (
        <CalendarLink institution={filter.institution} key={filter.institution} />
      )}
    </Page>
  );
}

interface FilterProps {
  filter: Filter;
  onChange: (changed: Partial<Filter>) => void;
}

function FilterForm({ filter, onChange }: FilterProps) {
  const texts = useTexts(TEXTS);
  const { language } = useLanguage();
  const institutions = useInstitutionOptions();
  return (
    <search>
      <form class="filter" onSubmit={(event) => event.preventDefault()}>
        <FilterChoice
          label={texts.state}
          value={filter.state}
          any={texts.notOver}
          options={[['all', texts.all], ...stateOptions(language)]}
          onChange={(state) => onChange({ state })}
        />
        <FilterChoice
          label={texts.institution}
          value={filter.institution}
          options={institutions}
          onChange={(institution) => onChange({ institution })}
        />
      </form>
    </search>
  );
}

function OutageTable({ outages }: { outages: Outage[] }) {
  const texts = useTexts(TEXTS);
  const { language } = useLanguage();
  const chatbots = ({ chatbots: names }: Outage) => {
    if (names === undefined) return texts.every;
    return names.length > MOST_NAMES ? texts.some(names.length) : names.join(', ');
  };
  return (
    <Table
      caption={texts.title}
      rows={outages}
      keyOf={(one) => one.id}
      columns={[
        {
          head: texts.reason,
          cell: (one) => <Link href={`/outages/${one.id}`}>{visible(one.reason)}</Link>,
        },
        { head: texts.state, cell: (one) => outageStateWords(one.state, language) },
        { head: texts.next, cell: (one) => <NextTime outage={one} /> },
        { head: texts.institution, cell: (one) => one.institution },
        { head: texts.chatbots, cell: chatbots },
        { head: texts.rule, cell: (one) => ruleWords(one.rule, language) },
      ]}
    />
  );
}

/** The next time of a planned outage in the zone of the browser. */
function NextTime({ outage }: { outage: Outage }) {
  const texts = useTexts(TEXTS);
  const { language } = useLanguage();
  const next = nextOf(outage);
  if (next === undefined) return <>{isOver(outage) ? texts.never : texts.later}</>;
  return (
    <time dateTime={next.start} title={new Date(next.start).toISOString()}>
      {period(new Date(next.start), new Date(next.end), ownZone(), language)}
    </time>
  );
}
