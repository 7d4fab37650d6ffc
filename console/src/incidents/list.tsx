//! The list of incidents with their figures: `/incidents`.

import { useLocation, useSearch } from 'wouter';
import { FilterChoice } from '../elements/filter-choice.tsx';
import { useInstitutionOptions } from '../elements/institutions.ts';
import { Loading } from '../elements/loading.tsx';
import { ProblemNotice } from '../elements/problem.tsx';
import { catalogue, useLanguage, useTexts } from '../language/language.tsx';
import { useIsStaff } from '../session/session.tsx';
import { Freshness } from '../shell/freshness.tsx';
import { Page } from '../shell/page.tsx';
import { OLD_AFTER, useFigures, useIncidents } from './data.ts';
import { Figures } from './figures.tsx';
import { type Filter, filterOf, NO_FILTER, PERIODS, searchOf } from './filter.ts';
import { IncidentPages } from './table.tsx';
import { kindWord } from './words.ts';

const TEXTS = catalogue({
  et: {
    title: 'Intsidendid',
    active: 'Näita',
    actives: { true: 'Ainult käimasolevaid', false: 'Kõiki' },
    kind: 'Liik',
    institution: 'Asutus',
    figures: 'Näitajad',
    period: 'Periood',
    days: (days: string) => `Viimased ${days} päeva`,
    noneActive: 'Ühtegi intsidenti ei ole käimas.',
    none: 'Viimase 400 päeva jooksul ei ole olnud ühtegi intsidenti.',
    noMatch: 'Ükski intsident ei vasta filtrile.',
    clear: 'Tühista filter',
    all: 'Näita ka neid, mis on läbi',
  },
  en: {
    title: 'Incidents',
    active: 'Show',
    actives: { true: 'Only those that are not over', false: 'All' },
    kind: 'Kind',
    institution: 'Institution',
    figures: 'Figures',
    period: 'Period',
    days: (days: string) => `Last ${days} days`,
    noneActive: 'No incident is under way.',
    none: 'There was no incident in the last 400 days.',
    noMatch: 'No incident matches the filter.',
    clear: 'Clear the filter',
    all: 'Also show those that are over',
  },
});

export function IncidentList() {
  const texts = useTexts(TEXTS);
  const filter = filterOf(useSearch());
  const [, navigate] = useLocation();
  const change = (changed: Partial<Filter>) =>
    navigate(`/incidents${searchOf({ ...filter, ...changed })}`, { replace: true });
  const incidents = useIncidents(filter);
  const isFiltered = filter.kind !== '' || filter.institution !== '';
  const { items, query } = incidents;
  const isEmpty = items?.length === 0 && !query.hasNextPage;
  return (
    <Page title={texts.title} aside={<Freshness readAt={query.dataUpdatedAt} limit={OLD_AFTER} />}>
      <FilterForm filter={filter} onChange={change} />
      {query.error !== null && (
        <ProblemNotice error={query.error} onRetry={() => query.refetch()} />
      )}
      {query.isPending && <Loading />}
      <IncidentPages
        pages={incidents}
        caption={texts.title}
        none={isFiltered ? texts.noMatch : filter.active ? texts.noneActive : texts.none}
      />
      {isEmpty && isFiltered && (
        <button type="button" onClick={() => change({ ...NO_FILTER, active: filter.active })}>
          {texts.clear}
        </button>
      )}
      {isEmpty && !isFiltered && filter.active && (
        <button type="button" onClick={() => change({ active: false })}>
          {texts.all}
        </button>
      )}
      <FiguresOf filter={filter} onChange={change} />
    </Page>
  );
}

interface Props {
  filter: Filter;
  onChange: (changed: Partial<Filter>) => void;
}

function FilterForm({ filter, onChange }: Props) {
  const texts = useTexts(TEXTS);
  const { language } = useLanguage();
  const isStaff = useIsStaff();
  const institutions = useInstitutionOptions();
  return (
    <search>
      <form class="filter" onSubmit={(event) => event.preventDefault()}>
        <FilterChoice
          label={texts.active}
          value={String(filter.active)}
          options={Object.entries(texts.actives)}
          any={null}
          onChange={(active) => onChange({ active: active === 'true' })}
        />
        {isStaff && (
          <FilterChoice
            label={texts.kind}
            value={filter.kind}
            options={(['chatbot', 'network'] as const).map((one) => [one, kindWord(one, language)])}
            onChange={(kind) => onChange({ kind })}
          />
        )}
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

function FiguresOf({ filter, onChange }: Props) {
  const texts = useTexts(TEXTS);
  const figures = useFigures(filter);
  return (
    <section class="card" aria-labelledby="figures">
      <h2 id="figures">{texts.figures}</h2>
      <FilterChoice
        label={texts.period}
        value={filter.days}
        options={PERIODS.map((days) => [days, texts.days(days)])}
        any={null}
        onChange={(days) => onChange({ days })}
      />
      {figures.error !== null && (
        <ProblemNotice error={figures.error} onRetry={() => figures.refetch()} />
      )}
      {figures.isPending && <Loading rows={3} />}
      {figures.data !== undefined && <Figures figures={figures.data} />}
    </section>
  );
}
