//! A component: its releases, and which chatbots run which version: `/releases/:component`.

import { useMemo } from 'preact/hooks';
import { Link } from 'wouter';
import { useAction } from '../api/action.ts';
import { api } from '../api/client.ts';
import { useChatbots } from '../chatbots/data.ts';
import { ConfirmButton } from '../elements/confirm.tsx';
import { Loading } from '../elements/loading.tsx';
import { Moment } from '../elements/moment.tsx';
import { ProblemNotice } from '../elements/problem.tsx';
import { Table } from '../elements/table.tsx';
import { catalogue, useLanguage, useTexts } from '../language/language.tsx';
import { useMay } from '../session/session.tsx';
import { Freshness } from '../shell/freshness.tsx';
import { Page } from '../shell/page.tsx';
import { RELEASES_OLD_AFTER, severityWord, useReleases } from './data.ts';
import { Histogram } from './histogram.tsx';
import { Publish } from './publish.tsx';
import { type Bar, byVersion, histogram, outdatedBy, type Release } from './rollout.ts';

const TEXTS = catalogue({
  et: {
    back: 'Kõik komponendid',
    releases: 'Väljalasked',
    none: 'Seda komponenti ei ole siin avaldatud.',
    version: 'Versioon',
    severity: 'Olulisus',
    published: 'Avaldatud',
    notes: 'Märkused',
    outdated: 'Uuendus vestlusrobotitele',
    state: 'Seis',
    offered: 'Pakutakse',
    withdrawn: (reason: string) => `Tagasi võetud: ${reason}`,
    withdraw: 'Võta tagasi',
    consequence: (name: string) =>
      `${name} ei ole enam kellelegi uuendus ja sellest ei teavitata neid, kes seni ei tea. Tagasivõtmist ei saa tühistada ja sama versiooni ei saa uuesti avaldada.`,
  },
  en: {
    back: 'All components',
    releases: 'Releases',
    none: 'This component is not published here.',
    version: 'Version',
    severity: 'Severity',
    published: 'Published',
    notes: 'Notes',
    outdated: 'Update for chatbots',
    state: 'State',
    offered: 'Offered',
    withdrawn: (reason: string) => `Withdrawn: ${reason}`,
    withdraw: 'Withdraw',
    consequence: (name: string) =>
      `${name} is an update for nobody any more, and owners who do not know of it yet are not notified. A withdrawal cannot be undone, and the same version cannot be published again.`,
  },
});

export function ComponentPage({ component }: { component: string }) {
  const texts = useTexts(TEXTS);
  const mayPublish = useMay('admin', 'operator');
  const releases = useReleases(component);
  const { chatbots, all: read, isComplete } = useChatbots(true);
  const all = isComplete ? read : undefined;
  const error = releases.error ?? chatbots.error;
  const bars = useMemo(
    () => all && releases.data && histogram(component, all, releases.data),
    [component, all, releases.data],
  );
  return (
    <Page
      title={component}
      aside={<Freshness readAt={releases.dataUpdatedAt} limit={RELEASES_OLD_AFTER} />}
    >
      <p>
        <Link href="/releases">{texts.back}</Link>
      </p>
      {error !== null && (
        <ProblemNotice
          error={error}
          onRetry={() => Promise.all([releases.refetch(), chatbots.refetch()])}
        />
      )}
      {bars === undefined && error === null && <Loading />}
      {bars !== undefined && <Histogram component={component} bars={bars} />}
      {releases.data !== undefined && bars !== undefined && (
        <Releases releases={releases.data} bars={bars} />
      )}
      {mayPublish && all !== undefined && <Publish chatbots={all} component={component} />}
    </Page>
  );
}

interface ReleasesProps {
  releases: Release[];
  bars: Bar[];
}

function Releases({ releases, bars }: ReleasesProps) {
  const texts = useTexts(TEXTS);
  const { language } = useLanguage();
  const mayWithdraw = useMay('admin');
  const shown = byVersion(releases);
  return (
    <section aria-labelledby="releases">
      <h2 id="releases">{texts.releases}</h2>
      {shown.length === 0 && <p>{texts.none}</p>}
      {shown.length > 0 && (
        <Table
          caption={texts.releases}
          rows={shown}
          keyOf={({ version }) => version}
          columns={[
            { head: texts.version, cell: ({ version }) => version },
            { head: texts.severity, cell: ({ severity }) => severityWord(severity, language) },
            { head: texts.published, cell: ({ publishedAt }) => <Moment at={publishedAt} /> },
            { head: texts.notes, cell: ({ notes }) => notes },
            {
              head: texts.outdated,
              cell: ({ version, withdrawal }) =>
                withdrawal === undefined ? outdatedBy(version, bars) : '–',
            },
            {
              head: texts.state,
              cell: (release) => <State release={release} mayWithdraw={mayWithdraw} />,
            },
          ]}
        />
      )}
    </section>
  );
}

function State({ release, mayWithdraw }: { release: Release; mayWithdraw: boolean }) {
  const texts = useTexts(TEXTS);
  const { component, version, withdrawal } = release;
  const withdraw = useAction(
    (reason: string) =>
      api.PUT('/releases/{component}/{version}/withdrawal', {
        params: { path: { component, version } },
        body: { reason },
      }),
    ['releases'],
  );
  if (withdrawal !== undefined) {
    return (
      <>
        {texts.withdrawn(withdrawal.reason)} (<Moment at={withdrawal.at} />)
      </>
    );
  }
  return (
    <>
      {texts.offered}{' '}
      {mayWithdraw && (
        <ConfirmButton
          action={texts.withdraw}
          consequence={texts.consequence(`${component} ${version}`)}
          asksReason
          onConfirm={(reason) => withdraw.mutateAsync(reason)}
        />
      )}
    </>
  );
}
