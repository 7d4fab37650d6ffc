//! The list of chatbots: `/chatbots`.

import { useMemo } from 'preact/hooks';
import { Link, useLocation, useSearch } from 'wouter';
import { FilterChoice, NameChoice } from '../elements/filter-choice.tsx';
import { Loading } from '../elements/loading.tsx';
import { NothingFound } from '../elements/nothing-found.tsx';
import { ProblemNotice } from '../elements/problem.tsx';
import { statusWord } from '../health/why.ts';
import { catalogue, useLanguage, useTexts } from '../language/language.tsx';
import { useIsStaff, useMay } from '../session/session.tsx';
import { Freshness } from '../shell/freshness.tsx';
import { Page } from '../shell/page.tsx';
import { Announcement } from './announcement.tsx';
import { type Chatbot, OLD_AFTER, useChatbots } from './data.ts';
import { byUrgency, type Filter, filtered, filterOf, NO_FILTER, searchOf } from './filter.ts';
import { ChatbotTable } from './table.tsx';
import { typeOptions } from './words.ts';

const TEXTS = catalogue({
  et: {
    title: 'Vestlusrobotid',
    enrol: 'Registreeri vestlusrobot',
    search: 'Otsi nime, asutuse või aadressi järgi',
    status: 'Olek',
    type: 'Liik',
    institution: 'Asutus',
    component: 'Komponent',
    count: (shown: number, all: number) =>
      shown === all ? `${all} vestlusrobotit` : `${shown} vestlusrobotit ${all}\u2011st`,
    none: 'Ühtegi vestlusrobotit ei ole veel registreeritud.',
    noMatch: 'Ükski vestlusrobot ei vasta filtrile.',
  },
  en: {
    title: 'Chatbots',
    enrol: 'Enrol a chatbot',
    search: 'Search by name, institution or address',
    status: 'Status',
    type: 'Type',
    institution: 'Institution',
    component: 'Component',
    count: (shown: number, all: number) =>
      shown === all ? `${all} chatbots` : `${shown} of ${all} chatbots`,
    none: 'No chatbot is enrolled yet.',
    noMatch: 'No chatbot matches the filter.',
  },
});

export function ChatbotList() {
  const texts = useTexts(TEXTS);
  const isStaff = useIsStaff();
  const { chatbots, all, isComplete, readAt, error } = useChatbots(isStaff);
  const mayEnrol = useMay('admin');
  const search = useSearch();
  const [, navigate] = useLocation();
  // The address alone has the filter: a copy of it would lag behind fast typing, and lose letters.
  const filter = filterOf(search);
  const change = (changed: Partial<Filter>) =>
    navigate(`/chatbots${searchOf({ ...filter, ...changed })}`, { replace: true });
  const ordered = useMemo(() => byUrgency(all ?? []), [all]);
  const shown = useMemo(() => filtered(ordered, filterOf(search)), [ordered, search]);
  const limit = isStaff ? {} : { limit: OLD_AFTER.owners };
  return (
    <Page title={texts.title} aside={<Freshness readAt={readAt} {...limit} />}>
      {mayEnrol && (
        <p>
          <Link href="/chatbots/new">{texts.enrol}</Link>
        </p>
      )}
      {error !== null && <ProblemNotice error={error} onRetry={() => chatbots.refetch()} />}
      {all !== undefined && (
        <>
          <FilterForm all={all} filter={filter} onChange={change} />
          {isComplete && <p role="status">{texts.count(shown.length, all.length)}</p>}
          {isComplete && shown.length === 0 && (
            <NothingFound
              isFiltered={all.length > 0}
              none={texts.none}
              noMatch={texts.noMatch}
              onClear={() => change(NO_FILTER)}
            />
          )}
          {shown.length > 0 && <ChatbotTable chatbots={shown} caption={texts.title} />}
        </>
      )}
      {!isComplete && chatbots.error === null && <Loading />}
      <Announcement all={isComplete ? all : undefined} />
    </Page>
  );
}

interface FormProps {
  all: Chatbot[];
  filter: Filter;
  onChange: (changed: Partial<Filter>) => void;
}

function FilterForm({ all, filter, onChange }: FormProps) {
  const texts = useTexts(TEXTS);
  const { language } = useLanguage();
  const institutions = useMemo(() => [...new Set(all.map((one) => one.institution))].sort(), [all]);
  const components = useMemo(
    () => [...new Set(all.flatMap((one) => Object.keys(one.versions)))].sort(),
    [all],
  );
  const statuses = (['Offline', 'Unknown', 'Online'] as const).map((one): [string, string] => [
    one,
    statusWord(one, language),
  ]);
  const same = (names: string[]) => names.map((name): [string, string] => [name, name]);
  return (
    <search>
      <form class="filter" onSubmit={(event) => event.preventDefault()}>
        <label>
          {texts.search}
          <input
            type="search"
            value={filter.text}
            onInput={(event) => onChange({ text: event.currentTarget.value })}
          />
        </label>
        <FilterChoice
          label={texts.status}
          value={filter.status}
          options={statuses}
          onChange={(status) => onChange({ status })}
        />
        <FilterChoice
          label={texts.type}
          value={filter.type}
          options={typeOptions(language)}
          onChange={(type) => onChange({ type })}
        />
        <NameChoice
          label={texts.institution}
          value={filter.institution}
          names={institutions}
          onChange={(institution) => onChange({ institution })}
        />
        <FilterChoice
          label={texts.component}
          value={filter.component}
          options={same(components)}
          onChange={(component) => onChange({ component })}
        />
      </form>
    </search>
  );
}
