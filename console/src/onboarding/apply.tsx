//! The application of an invited institution: `/invitations/:id/apply`. For any person who is signed in.

import { useQuery } from '@tanstack/react-query';
import { every } from '../api/beat.ts';
import { api } from '../api/client.ts';
import { ProblemError } from '../api/problem.ts';
import { useSecretAction } from '../api/secret-action.ts';
import { proposalOf } from '../chatbots/entries.ts';
import { ChatbotFields, NameField } from '../chatbots/fields.tsx';
import { type Entries, Field, Form, TextField } from '../elements/form.tsx';
import { Loading } from '../elements/loading.tsx';
import { ProblemNotice } from '../elements/problem.tsx';
import { catalogue, useLanguage, useTexts } from '../language/language.tsx';
import { Freshness } from '../shell/freshness.tsx';
import { Page } from '../shell/page.tsx';
import { Application } from './application.tsx';
import { loadInvitation, OWN } from './data.ts';
import { HandedOut, History } from './invitation.tsx';
import { type Invitation, invitationStatus } from './words.ts';

interface Texts {
  title: string;
  explanation: string;
  missing: string;
  code: string;
  codeHint: string;
  csr: string;
  csrHint: string;
  apply: string;
  state: string;
  next: Record<Invitation['status'], string>;
}

const TEXTS = catalogue<Texts>({
  et: {
    title: 'Vestlusroboti taotlus',
    explanation:
      'Teie asutus on kutsutud liituma Bürokrati võrguga. Sisestage e-kirjas olev kood, vestlusroboti andmed ja tema võtme sertifikaaditaotlus. Administraator otsustab ja te näete otsust siin.',
    missing:
      'Kui kood on vale või kasutatud või kutse on aegunud, on vastus „Sellist kirjet ei ole“. Pärast kümnendat valet koodi kutse enam ei kehti.',
    code: 'Kutse kood',
    codeHint: '43 märki kutse e-kirjast. Ärge saatke koodi kellelegi edasi.',
    csr: 'Sertifikaaditaotlus (CSR)',
    csrHint:
      'PKCS#10 ühe PEM-plokina; võti on EC P-256 või P-384 või RSA 2048–4096 bitti. Kasutatakse ainult avalikku võtit. Privaatvõtit ärge siia kunagi sisestage.',
    apply: 'Esita taotlus',
    state: 'Seis',
    next: {
      invited: 'Taotlust ei ole veel esitatud.',
      expired: 'Kutse on aegunud. Paluge administraatorilt uus kutse.',
      submitted: 'Taotlus on esitatud. Otsus ilmub siia; lehe võite vahepeal sulgeda.',
      approved:
        'Taotlus on heaks kiidetud. Laadige sertifikaat alla ja seadistage vestlusrobot. Ta läheb võrku, kui ta proovipäringutele vastab.',
      rejected:
        'Taotlus on tagasi lükatud; põhjus on allpool. Uueks taotluseks on vaja uut kutset.',
      withdrawn: 'Kutse on tagasi võetud. Paluge administraatorilt uus kutse.',
    },
  },
  en: {
    title: 'Application for a chatbot',
    explanation:
      'Your institution is invited to join the Bürokratt network. Enter the code of the e-mail, the details of the chatbot and the certificate request of its key. An administrator decides, and you see the decision here.',
    missing:
      'If the code is wrong or used, or the invitation has expired, the answer is “There is no such record”. After the tenth wrong code the invitation is no longer valid.',
    code: 'Code of the invitation',
    codeHint: '43 characters of the invitation e-mail. Do not pass the code on.',
    csr: 'Certificate request (CSR)',
    csrHint:
      'PKCS#10 as one PEM block; the key is EC P-256 or P-384, or RSA with 2048 to 4096 bits. Only the public key is used. Never enter the private key here.',
    apply: 'Submit the application',
    state: 'State',
    next: {
      invited: 'No application was submitted yet.',
      expired: 'The invitation has expired. Ask an administrator for another one.',
      submitted:
        'The application is submitted. The decision appears here; you may close the page meanwhile.',
      approved:
        'The application is approved. Download the certificate and set up the chatbot. It goes online when it answers its probes.',
      rejected:
        'The application is rejected; the reason is below. Another application needs another invitation.',
      withdrawn: 'The invitation is withdrawn. Ask an administrator for another one.',
    },
  },
});

/** True for whoever has not applied, and for whoever may not know whether the invitation exists. */
function isStranger(error: Error | null): boolean {
  return error instanceof ProblemError && error.status === 403;
}

export function ApplyPage({ id }: { id: string }) {
  const texts = useTexts(TEXTS);
  const beat = every(15);
  const invitation = useQuery({
    queryKey: ['invitation', id],
    queryFn: () => loadInvitation(id),
    // Each refusal is a record of the audit trail, so a refused person asks once.
    refetchInterval: (query) =>
      query.state.data?.value.status === 'submitted' ? beat(query) : false,
    refetchOnWindowFocus: (query) => query.state.error === null,
  });
  const { error } = invitation;
  const value = invitation.data?.value;
  const isOpen = isStranger(error) || value?.status === 'invited';
  return (
    <Page
      title={texts.title}
      aside={
        value?.status === 'submitted' && <Freshness readAt={invitation.dataUpdatedAt} limit={45} />
      }
    >
      {error !== null && !isStranger(error) && (
        <ProblemNotice error={error} onRetry={() => invitation.refetch()} />
      )}
      {invitation.isPending && <Loading />}
      {isOpen && <ApplicationForm id={id} />}
      {!isOpen && value !== undefined && <Progress invitation={value} />}
    </Page>
  );
}

function ApplicationForm({ id }: { id: string }) {
  const texts = useTexts(TEXTS);
  const { isPending, error, send } = useSecretAction(
    ({ code = '', csr = '', ...chatbot }: Entries) =>
      api.PUT('/invitations/{id}/application', {
        params: { path: { id } },
        body: { code, csr: `${csr}\n`, chatbot: proposalOf(chatbot, 'chatbot/') },
      }),
    ['invitation', id],
    ['invitations'],
    OWN,
  );
  return (
    <>
      <p>{texts.explanation}</p>
      <p class="quiet">{texts.missing}</p>
      <Form submit={texts.apply} isPending={isPending} error={error} onSubmit={send}>
        <Field
          label={texts.code}
          name="code"
          hint={texts.codeHint}
          required
          pattern="[A-Za-z0-9_\-]{43}"
        />
        <NameField name="chatbot/name" />
        <ChatbotFields prefix="chatbot/" />
        <TextField label={texts.csr} name="csr" hint={texts.csrHint} required maxLength={8192} />
      </Form>
    </>
  );
}

function Progress({ invitation }: { invitation: Invitation }) {
  const texts = useTexts(TEXTS);
  const { language } = useLanguage();
  const { status, application, history } = invitation;
  return (
    <>
      <section class="card" aria-labelledby="state">
        <h2 id="state">{texts.state}</h2>
        <p class="large" role="status">
          {invitationStatus(status, language)}
        </p>
        <p>{texts.next[status]}</p>
      </section>
      <HandedOut invitation={invitation} />
      {application !== undefined && <Application application={application} />}
      <History steps={history} />
    </>
  );
}
