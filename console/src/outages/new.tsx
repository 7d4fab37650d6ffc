//! A new planned outage: `/outages/new`.

import { useState } from 'preact/hooks';
import { useLocation, useSearch } from 'wouter';
import { useAction } from '../api/action.ts';
import { api, dataOf, type Schemas } from '../api/client.ts';
import { Forbidden } from '../elements/forbidden.tsx';
import { ChoiceField, type Entries, Form } from '../elements/form.tsx';
import { useInstitutionOptions, useInstitutions } from '../elements/institutions.ts';
import { Loading } from '../elements/loading.tsx';
import { ProblemNotice } from '../elements/problem.tsx';
import { catalogue, useTexts } from '../language/language.tsx';
import { useMay } from '../session/session.tsx';
import { Page } from '../shell/page.tsx';
import { PlanFields } from './fields.tsx';
import { FIELDS, NEW_PLAN, requestOf } from './plan.ts';
import { Preview } from './preview.tsx';

const TEXTS = catalogue({
  et: {
    title: 'Plaani katkestus',
    institution: 'Asutus',
    plan: 'Plaani katkestus',
    none: 'Ühtegi asutust ei ole. Katkestus plaanitakse asutuse vestlusrobotitele.',
  },
  en: {
    title: 'Plan an outage',
    institution: 'Institution',
    plan: 'Plan the outage',
    none: 'There is no institution. An outage is planned for the chatbots of one.',
  },
});

export function NewOutage() {
  const texts = useTexts(TEXTS);
  const mayPlan = useMay('admin', 'operator', 'owner');
  const institutions = useInstitutions();
  const options = useInstitutionOptions();
  const isRead = institutions.data !== undefined;
  return (
    <Page title={texts.title}>
      {!mayPlan && <Forbidden roles={['admin', 'operator', 'owner']} />}
      {institutions.error !== null && (
        <ProblemNotice error={institutions.error} onRetry={() => institutions.refetch()} />
      )}
      {mayPlan && institutions.isPending && <Loading />}
      {mayPlan && isRead && options.length === 0 && <p>{texts.none}</p>}
      {mayPlan && options.length > 0 && <NewPlan />}
    </Page>
  );
}

/** The form. The institutions are known. */
function NewPlan() {
  const texts = useTexts(TEXTS);
  const institutions = useInstitutionOptions();
  const [, navigate] = useLocation();
  const asked = new URLSearchParams(useSearch()).get('institution');
  const institution = institutions.find(([id]) => id === asked)?.[0] ?? institutions[0]?.[0] ?? '';
  const [initial] = useState<Entries>({ ...NEW_PLAN, [FIELDS.institution]: institution });
  const [entries, setEntries] = useState(initial);
  const plan = useAction(
    async (body: Schemas['NewPlannedOutage']) =>
      dataOf(await api.POST('/planned-outages', { body })),
    ['outages'],
  );
  const send = (sent: Entries) => {
    const request = requestOf(sent);
    if (request === undefined) return;
    plan.mutate(request, { onSuccess: ({ id }) => navigate(`/outages/${id}`) });
  };
  return (
    <Form
      submit={texts.plan}
      isPending={plan.isPending}
      error={plan.error}
      onSubmit={send}
      onChange={setEntries}
    >
      <ChoiceField
        label={texts.institution}
        name={FIELDS.institution}
        value={institution}
        options={institutions}
      />
      <PlanFields initial={initial} entries={entries} />
      <Preview entries={entries} />
    </Form>
  );
}
