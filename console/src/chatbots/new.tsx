//! The enrolment of a chatbot by an administrator: `/chatbots/new`.

import { useLocation } from 'wouter';
import { useAction } from '../api/action.ts';
import { api } from '../api/client.ts';
import { Forbidden } from '../elements/forbidden.tsx';
import { type Entries, Form } from '../elements/form.tsx';
import { catalogue, useTexts } from '../language/language.tsx';
import { useMay } from '../session/session.tsx';
import { Page } from '../shell/page.tsx';
import { proposalOf } from './entries.ts';
import { ChatbotFields, InstitutionField, NameField } from './fields.tsx';

const TEXTS = catalogue({
  et: {
    title: 'Registreeri vestlusrobot',
    explanation:
      'Vestlusrobot on alguses olekus „Teadmata“ ja läheb võrku, kui ta proovipäringutele vastab. Asutus, kes alles liitub, saab kutse.',
    enrol: 'Registreeri',
  },
  en: {
    title: 'Enrol a chatbot',
    explanation:
      'The chatbot starts as “Unknown” and goes online when it answers its probes. An institution that is about to join gets an invitation.',
    enrol: 'Enrol',
  },
});

export function NewChatbot() {
  const texts = useTexts(TEXTS);
  const [, navigate] = useLocation();
  const mayEnrol = useMay('admin');
  const enrol = useAction(
    async (entries: Entries) => {
      const institution = entries.institution ?? '';
      const body = { ...proposalOf(entries), institution };
      await api.POST('/chatbots', { body });
      navigate(`/chatbots/${body.name}/health`);
    },
    ['chatbots'],
    ['network'],
  );
  return (
    <Page title={texts.title}>
      {!mayEnrol && <Forbidden roles={['admin']} />}
      {mayEnrol && (
        <>
          <p>{texts.explanation}</p>
          <Form
            submit={texts.enrol}
            isPending={enrol.isPending}
            error={enrol.error}
            onSubmit={(entries) => enrol.mutate(entries)}
          >
            <NameField />
            <InstitutionField />
            <ChatbotFields />
          </Form>
        </>
      )}
    </Page>
  );
}
