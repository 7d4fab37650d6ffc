//! The institutions: `/institutions`.

import { Link } from 'wouter';
import { ReadState } from '../elements/read-state.tsx';
import { Table } from '../elements/table.tsx';
import { visible } from '../elements/visible.ts';
import { collator } from '../language/format.ts';
import { catalogue, useLanguage, useTexts } from '../language/language.tsx';
import { useMay } from '../session/session.tsx';
import { Page } from '../shell/page.tsx';
import { useInstitutions } from './data.ts';
import { INSTITUTION_TEXTS } from './fields.tsx';
import { typeText } from './institution.tsx';
import { institutionStatus } from './words.ts';

const TEXTS = catalogue({
  et: {
    title: 'Asutused',
    add: 'Lisa asutus',
    count: (count: number) => (count === 1 ? '1 asutus' : `${count} asutust`),
    none: 'Ühtegi asutust ei ole. Asutuse lisab administraator.',
  },
  en: {
    title: 'Institutions',
    add: 'Add an institution',
    count: (count: number) => (count === 1 ? '1 institution' : `${count} institutions`),
    none: 'There is no institution. An administrator adds them.',
  },
});

export function InstitutionList() {
  const texts = useTexts(TEXTS);
  const fields = useTexts(INSTITUTION_TEXTS);
  const { language } = useLanguage();
  const mayAdd = useMay('admin');
  const { data, error, refetch } = useInstitutions();
  const order = collator(language);
  return (
    <Page title={texts.title}>
      {mayAdd && (
        <p>
          <Link href="/institutions/new">{texts.add}</Link>
        </p>
      )}
      <ReadState error={error} onRetry={() => refetch()} isRead={data !== undefined} />
      {data?.length === 0 && <p>{texts.none}</p>}
      {data !== undefined && data.length > 0 && (
        <>
          <p role="status">{texts.count(data.length)}</p>
          <Table
            caption={texts.title}
            rows={[...data].sort((one, other) => order.compare(one.name, other.name))}
            keyOf={({ id }) => id}
            columns={[
              {
                head: fields.name,
                cell: ({ id, name }) => <Link href={`/institutions/${id}`}>{visible(name)}</Link>,
              },
              { head: fields.id, cell: ({ id }) => id },
              { head: fields.status, cell: ({ status }) => institutionStatus(status, language) },
              { head: fields.type, cell: ({ type }) => typeText(type, language) },
              { head: fields.contact, cell: ({ contact }) => contact ?? '–' },
            ]}
          />
        </>
      )}
    </Page>
  );
}
