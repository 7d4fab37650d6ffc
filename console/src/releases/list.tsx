//! The components: their newest release, and how many chatbots run an older one: `/releases`.

import { useMemo } from 'preact/hooks';
import { Link } from 'wouter';
import { useChatbots } from '../chatbots/data.ts';
import { Loading } from '../elements/loading.tsx';
import { Moment } from '../elements/moment.tsx';
import { ProblemNotice } from '../elements/problem.tsx';
import { Table } from '../elements/table.tsx';
import { catalogue, useLanguage, useTexts } from '../language/language.tsx';
import { useMay } from '../session/session.tsx';
import { Freshness } from '../shell/freshness.tsx';
import { Page } from '../shell/page.tsx';
import { RELEASES_OLD_AFTER, severityWord, useReleases } from './data.ts';
import { Publish } from './publish.tsx';
import {
  componentsOf,
  count,
  histogram,
  newestOf,
  outdatedCount,
  type Release,
} from './rollout.ts';

const TEXTS = catalogue({
  et: {
    title: 'Väljalasked',
    component: 'Komponent',
    newest: 'Uusim väljalase',
    severity: 'Olulisus',
    published: 'Avaldatud',
    running: 'Vestlusroboteid',
    outdated: 'Neist aegunud',
    unpublished: 'Avaldamata',
    none: 'Ühtegi väljalaset ei ole avaldatud ja ükski vestlusrobot ei ole versioonidest teatanud.',
  },
  en: {
    title: 'Releases',
    component: 'Component',
    newest: 'Newest release',
    severity: 'Severity',
    published: 'Published',
    running: 'Chatbots',
    outdated: 'Of them outdated',
    unpublished: 'Not published',
    none: 'No release is published, and no chatbot has reported its versions.',
  },
});

interface Row {
  component: string;
  newest: Release | undefined;
  running: number;
  outdated: number;
}

export function ReleaseList() {
  const texts = useTexts(TEXTS);
  const mayPublish = useMay('admin', 'operator');
  const releases = useReleases();
  const { chatbots, all: read, isComplete } = useChatbots(true);
  const all = isComplete ? read : undefined;
  const error = releases.error ?? chatbots.error;
  const rows = useMemo((): Row[] | undefined => {
    const published = releases.data;
    if (published === undefined || all === undefined) return undefined;
    return componentsOf(published, all).map((component) => {
      const own = published.filter((one) => one.component === component);
      const bars = histogram(component, all, own);
      const outdated = outdatedCount(own, bars);
      return { component, newest: newestOf(own), running: count(bars), outdated };
    });
  }, [releases.data, all]);
  return (
    <Page
      title={texts.title}
      aside={<Freshness readAt={releases.dataUpdatedAt} limit={RELEASES_OLD_AFTER} />}
    >
      {error !== null && (
        <ProblemNotice
          error={error}
          onRetry={() => Promise.all([releases.refetch(), chatbots.refetch()])}
        />
      )}
      {rows === undefined && error === null && <Loading />}
      {rows?.length === 0 && <p>{texts.none}</p>}
      {rows !== undefined && rows.length > 0 && <Components rows={rows} />}
      {mayPublish && all !== undefined && <Publish chatbots={all} />}
    </Page>
  );
}

function Components({ rows }: { rows: Row[] }) {
  const texts = useTexts(TEXTS);
  const { language } = useLanguage();
  return (
    <Table
      caption={texts.title}
      rows={rows}
      keyOf={({ component }) => component}
      columns={[
        {
          head: texts.component,
          cell: ({ component }) => <Link href={`/releases/${component}`}>{component}</Link>,
        },
        { head: texts.newest, cell: ({ newest }) => newest?.version ?? texts.unpublished },
        {
          head: texts.severity,
          cell: ({ newest }) => newest && severityWord(newest.severity, language),
        },
        {
          head: texts.published,
          cell: ({ newest }) => newest && <Moment at={newest.publishedAt} />,
        },
        { head: texts.running, cell: ({ running }) => running },
        { head: texts.outdated, cell: ({ outdated }) => outdated },
      ]}
    />
  );
}
