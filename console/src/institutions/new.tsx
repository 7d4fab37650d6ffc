//! A new institution: `/institutions/new`.

import { useLocation } from 'wouter';
import { useAction } from '../api/action.ts';
import { api, dataOf } from '../api/client.ts';
import { Forbidden } from '../elements/forbidden.tsx';
import { type Entries, Field, Form } from '../elements/form.tsx';
import { NAME_PATTERN } from '../elements/name.ts';
import { catalogue, useTexts } from '../language/language.tsx';
import { useMay } from '../session/session.tsx';
import { Page } from '../shell/page.tsx';
import { INSTITUTION_TEXTS, InstitutionFields } from './fields.tsx';
import { institutionOf } from './words.ts';

const TEXTS = catalogue({
  et: {
    title: 'Lisa asutus',
    idHint:
      '2–64 väiketähte (a–z), numbrit või sidekriipsu. Kui jätate tühjaks, tuletatakse see nimest. Seda ei saa hiljem muuta.',
    add: 'Lisa',
  },
  en: {
    title: 'Add an institution',
    idHint:
      '2–64 small letters (a–z), digits or hyphens. If it is empty, it is derived from the name. It cannot be changed later.',
    add: 'Add',
  },
});

export function NewInstitution() {
  const texts = useTexts(TEXTS);
  const fields = useTexts(INSTITUTION_TEXTS);
  const mayAdd = useMay('admin');
  const [, navigate] = useLocation();
  const add = useAction(
    async (entries: Entries) => {
      const body = { ...institutionOf(entries), ...(entries.id && { id: entries.id }) };
      const { id } = dataOf(await api.POST('/admin/institutions', { body }));
      navigate(`/institutions/${id}`);
    },
    ['institutions'],
  );
  return (
    <Page title={texts.title}>
      {!mayAdd && <Forbidden roles={['admin']} />}
      {mayAdd && (
        <Form
          submit={texts.add}
          isPending={add.isPending}
          error={add.error}
          onSubmit={(entries) => add.mutate(entries)}
        >
          <InstitutionFields />
          <Field
            label={fields.id}
            name="id"
            hint={texts.idHint}
            maxLength={64}
            pattern={NAME_PATTERN}
          />
        </Form>
      )}
    </Page>
  );
}
