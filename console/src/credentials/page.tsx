//! Certificates and API keys: `/credentials?profile=&name=&ending=`.

import { useLocation, useSearch } from 'wouter';
import { FilterChoice } from '../elements/filter-choice.tsx';
import { NAME_PATTERN } from '../elements/name.ts';
import { catalogue, useLanguage, useTexts } from '../language/language.tsx';
import { useMay } from '../session/session.tsx';
import { Page } from '../shell/page.tsx';
import { Certificates } from './certificates.tsx';
import { type Filter, filterOf, searchOf } from './filter.ts';
import { IssueCertificate } from './issue-certificate.tsx';
import { IssueKey } from './issue-key.tsx';
import { Keys } from './keys.tsx';
import { CREDENTIAL_TEXTS, profileOptions } from './words.ts';

const TEXTS = catalogue({
  et: {
    title: 'Sertifikaadid ja võtmed',
    search: 'Otsi',
    ending: 'Ainult sertifikaadid, mis peagi lõpevad',
  },
  en: {
    title: 'Certificates and keys',
    search: 'Search',
    ending: 'Only certificates that end soon',
  },
});

export function CredentialsPage() {
  const texts = useTexts(TEXTS);
  const mayIssue = useMay('admin');
  const filter = filterOf(useSearch());
  return (
    <Page title={texts.title}>
      <FilterForm filter={filter} />
      <Certificates filter={filter} />
      {mayIssue && <IssueCertificate filter={filter} />}
      {!filter.isEnding && <Keys filter={filter} />}
      {mayIssue && <IssueKey filter={filter} />}
    </Page>
  );
}

function FilterForm({ filter }: { filter: Filter }) {
  const texts = useTexts(TEXTS);
  const words = useTexts(CREDENTIAL_TEXTS);
  const { language } = useLanguage();
  const [, navigate] = useLocation();
  const change = (changed: Partial<Filter>) =>
    navigate(`/credentials${searchOf({ ...filter, ...changed })}`, { replace: true });
  const search = (event: SubmitEvent) => {
    event.preventDefault();
    if (!(event.currentTarget instanceof HTMLFormElement)) return;
    const name = new FormData(event.currentTarget).get('name');
    change({ name: typeof name === 'string' ? name.trim() : '' });
  };
  return (
    <search>
      <form class="filter" onSubmit={search}>
        <FilterChoice
          label={words.profile}
          value={filter.profile}
          options={profileOptions(language)}
          onChange={(profile) => change({ profile: profile as Filter['profile'], name: '' })}
        />
        {filter.profile !== '' && (
          <>
            <label>
              {words.name}
              <input
                key={filter.name}
                type="search"
                name="name"
                defaultValue={filter.name}
                pattern={NAME_PATTERN}
              />
            </label>
            <button type="submit">{texts.search}</button>
          </>
        )}
        <label>
          <input
            type="checkbox"
            checked={filter.isEnding}
            onChange={(event) => change({ isEnding: event.currentTarget.checked })}
          />{' '}
          {texts.ending}
        </label>
      </form>
    </search>
  );
}
