//! The registration of a DMR.

import { useLocation } from 'wouter';
import { useAction } from '../api/action.ts';
import { api } from '../api/client.ts';
import { InstitutionField, NameField } from '../chatbots/fields.tsx';
import { type Entries, Field, Form } from '../elements/form.tsx';
import { catalogue, useTexts } from '../language/language.tsx';

const TEXTS = catalogue({
  et: {
    title: 'Registreeri DMR',
    explanation:
      'DMR on kohe lubatud. Seejärel väljastage talle sertifikaat lehel „Sertifikaadid ja võtmed“.',
    register: 'Registreeri',
  },
  en: {
    title: 'Register a DMR',
    explanation:
      'The DMR is enabled at once. Then issue a certificate to it on the page “Certificates and keys”.',
    register: 'Register',
  },
});

export const DMR_TEXTS = catalogue({
  et: { uri: 'Aadress', institution: 'Asutus' },
  en: { uri: 'Address', institution: 'Institution' },
});

/** What every form of a DMR asks for besides its name. */
export function DmrFields({ entries = {} }: { entries?: Entries }) {
  const texts = useTexts(DMR_TEXTS);
  return (
    <>
      <Field
        label={texts.uri}
        name="uri"
        type="url"
        value={entries.uri ?? ''}
        required
        maxLength={2048}
      />
      <InstitutionField value={entries.institution} />
    </>
  );
}

export function NewDmr() {
  const texts = useTexts(TEXTS);
  const [, navigate] = useLocation();
  const register = useAction(
    async ({ name = '', uri = '', institution = '' }: Entries) => {
      await api.POST('/dmrs', { body: { name, uri, institution } });
      navigate(`/observers/${name}`);
    },
    ['dmrs'],
  );
  return (
    <section class="card" aria-labelledby="register">
      <h2 id="register">{texts.title}</h2>
      <p>{texts.explanation}</p>
      <Form
        submit={texts.register}
        isPending={register.isPending}
        error={register.error}
        onSubmit={(entries) => register.mutate(entries)}
      >
        <NameField />
        <DmrFields />
      </Form>
    </section>
  );
}
