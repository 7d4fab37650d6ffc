//! The institutions of which there are reports: `/reports`.

import { Link } from 'wouter';
import { useInstitutionOptions, useInstitutions } from '../elements/institutions.ts';
import { Loading } from '../elements/loading.tsx';
import { ProblemNotice } from '../elements/problem.tsx';
import { Table } from '../elements/table.tsx';
import { catalogue, useTexts } from '../language/language.tsx';
import { Page } from '../shell/page.tsx';

const TEXTS = catalogue({
  et: {
    title: 'Aruanded',
    explanation: 'Valige asutus. Aruanne võrdleb perioodi sama pika eelmise perioodiga.',
    institution: 'Asutus',
    id: 'Tunnus',
    none: 'Ühtegi asutust ei ole.',
  },
  en: {
    title: 'Reports',
    explanation:
      'Choose an institution. A report compares a period with the one of the same length before.',
    institution: 'Institution',
    id: 'Id',
    none: 'There is no institution.',
  },
});

export function ReportList() {
  const texts = useTexts(TEXTS);
  const institutions = useInstitutions();
  const options = useInstitutionOptions();
  return (
    <Page title={texts.title}>
      {institutions.error !== null && (
        <ProblemNotice error={institutions.error} onRetry={() => institutions.refetch()} />
      )}
      {institutions.isPending && <Loading />}
      {institutions.data !== undefined && (
        <p>{options.length === 0 ? texts.none : texts.explanation}</p>
      )}
      {options.length > 0 && (
        <Table
          caption={texts.title}
          rows={options}
          keyOf={([id]) => id}
          columns={[
            {
              head: texts.institution,
              cell: ([id, name]) => <Link href={`/institutions/${id}/report`}>{name}</Link>,
            },
            { head: texts.id, cell: ([id]) => id },
          ]}
        />
      )}
    </Page>
  );
}
