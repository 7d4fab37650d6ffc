//! The report of an institution: `/institutions/:institution/report`.

import { useState } from 'preact/hooks';
import { Link, useLocation, useSearch } from 'wouter';
import { Field, Form } from '../elements/form.tsx';
import { Loading } from '../elements/loading.tsx';
import { Moment } from '../elements/moment.tsx';
import { ProblemNotice } from '../elements/problem.tsx';
import { catalogue, useLanguage, useTexts } from '../language/language.tsx';
import { civilDay } from '../outages/zone.ts';
import { Page } from '../shell/page.tsx';
import { Availability } from './availability.tsx';
import { downloadCsv, pageAddress, type Report, useReport } from './data.ts';
import { ReportedIncidents } from './incidents.tsx';
import { Others } from './others.tsx';
import {
  dayAfter,
  daysOf,
  type Period,
  type Preset,
  periodOf,
  presets,
  searchOf,
} from './period.ts';

const TEXTS = catalogue({
  et: {
    title: 'Aruanne',
    period: 'Periood',
    presets: {
      week: 'Viimased 7 päeva',
      days30: 'Viimased 30 päeva',
      month: 'See kuu',
      lastMonth: 'Eelmine kuu',
    } satisfies Record<Preset, string>,
    from: 'Esimene päev',
    to: 'Viimane päev',
    toHint: 'See päev on kaasa arvatud. Kõige rohkem 92 päeva.',
    show: 'Näita aruannet',
    days: (first: string, last: string, zone: string) => `${first} – ${last} (${zone})`,
    made: 'Aruanne on tehtud',
    csv: 'Laadi alla CSV-fail',
    page: 'Ava aruanne eraldi lehena',
  },
  en: {
    title: 'Report',
    period: 'Period',
    presets: {
      week: 'Last 7 days',
      days30: 'Last 30 days',
      month: 'This month',
      lastMonth: 'Month before',
    },
    from: 'First day',
    to: 'Last day',
    toHint: 'This day is included. At most 92 days.',
    show: 'Show the report',
    days: (first: string, last: string, zone: string) => `${first} – ${last} (${zone})`,
    made: 'The report was made at',
    csv: 'Download the CSV file',
    page: 'Open the report as a page of its own',
  },
});

export function ReportPage({ institution }: { institution: string }) {
  const texts = useTexts(TEXTS);
  const period = periodOf(useSearch());
  const report = useReport(institution, period);
  return (
    <Page title={`${texts.title}: ${institution}`}>
      <PeriodChoice
        institution={institution}
        period={period}
        report={report.data}
        key={searchOf(period)}
      />
      {report.error !== null && (
        <ProblemNotice error={report.error} onRetry={() => report.refetch()} />
      )}
      {report.isPending && <Loading />}
      {report.data !== undefined && (
        <>
          <Head report={report.data} period={period} />
          <Availability report={report.data} />
          <ReportedIncidents report={report.data} />
          <Others report={report.data} />
        </>
      )}
    </Page>
  );
}

interface ChoiceProps {
  institution: string;
  period: Period;
  report: Report | undefined;
}

function PeriodChoice({ institution, period, report }: ChoiceProps) {
  const texts = useTexts(TEXTS);
  const [, navigate] = useLocation();
  const address = `/institutions/${encodeURIComponent(institution)}/report`;
  const days = report === undefined ? undefined : daysOf(report);
  const first = period.from ?? days?.first ?? '';
  const last = period.to === undefined ? (days?.last ?? '') : dayAfter(period.to, -1);
  const offered = Object.entries(presets(new Date())) as [Preset, Period][];
  return (
    <section class="card" aria-labelledby="period">
      <h2 id="period">{texts.period}</h2>
      <ul>
        {offered.map(([preset, of]) => (
          <li key={preset}>
            <Link
              href={`${address}${searchOf(of)}`}
              aria-current={searchOf(of) === searchOf(period) ? 'true' : undefined}
            >
              {texts.presets[preset]}
            </Link>
          </li>
        ))}
      </ul>
      <Form
        submit={texts.show}
        isPending={false}
        error={null}
        onSubmit={({ from = '', to = '' }) =>
          navigate(`${address}${searchOf({ from, to: dayAfter(to) })}`)
        }
      >
        <Field label={texts.from} name="from" type="date" value={first} required />
        <Field label={texts.to} name="to" type="date" value={last} hint={texts.toHint} required />
      </Form>
    </section>
  );
}

/** The days of the report, when it was made, and its other forms. */
function Head({ report, period }: { report: Report; period: Period }) {
  const texts = useTexts(TEXTS);
  const { language } = useLanguage();
  const [error, setError] = useState<Error | null>(null);
  const [isPending, setIsPending] = useState(false);
  const { first, last } = daysOf(report);
  const days = texts.days(civilDay(first, language), civilDay(last, language), report.zone);
  const download = async () => {
    setError(null);
    setIsPending(true);
    try {
      await downloadCsv(report.institution, period, language);
    } catch (refusal) {
      setError(refusal as Error);
    } finally {
      setIsPending(false);
    }
  };
  return (
    <>
      <p class="large">
        {report.institutionName}, {days}
      </p>
      <p class="quiet">
        {texts.made} <Moment at={report.madeAt} />
      </p>
      {error !== null && <ProblemNotice error={error} />}
      <p>
        <button type="button" disabled={isPending} onClick={download}>
          {texts.csv}
        </button>{' '}
        <a
          href={pageAddress(report.institution, period, language)}
          target="_blank"
          rel="noopener noreferrer"
        >
          {texts.page}
        </a>
      </p>
    </>
  );
}
