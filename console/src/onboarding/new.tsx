//! A new invitation. Its code is in its e-mail only, so nobody sees it here.

import { useState } from 'preact/hooks';
import { Link } from 'wouter';
import { useAction } from '../api/action.ts';
import { api, dataOf } from '../api/client.ts';
import { InstitutionField } from '../chatbots/fields.tsx';
import { type Entries, Field, Form } from '../elements/form.tsx';
import { catalogue, useTexts } from '../language/language.tsx';
import type { Invitation } from './words.ts';

const TEXTS = catalogue({
  et: {
    open: 'Saada kutse',
    explanation:
      'Asutus saab eesti- ja ingliskeelse e-kirja kutse koodiga. Koodi mujal ei ole: kui kiri kaob, saatke uus kutse.',
    email: 'E-posti aadress',
    days: 'Mitu päeva saab taotleda',
    send: 'Saada kutse',
    sent: (email: string) => `Kutse saadeti aadressile ${email}.`,
    show: 'Vaata kutset',
  },
  en: {
    open: 'Send an invitation',
    explanation:
      'The institution gets an e-mail in Estonian and English with the code of the invitation. The code is nowhere else: if the e-mail is lost, send another invitation.',
    email: 'E-mail address',
    days: 'Days to apply',
    send: 'Send the invitation',
    sent: (email: string) => `The invitation was sent to ${email}.`,
    show: 'Show the invitation',
  },
});

export function NewInvitation() {
  const texts = useTexts(TEXTS);
  const [sent, setSent] = useState<Invitation>();
  const invite = useAction(
    async ({ institution = '', email = '', days }: Entries) => {
      const body = { institution, email, days: Number(days ?? 14) };
      setSent(dataOf(await api.POST('/invitations', { body })));
    },
    ['invitations'],
  );
  return (
    <details>
      <summary>{texts.open}</summary>
      <p>{texts.explanation}</p>
      <Form
        submit={texts.send}
        isPending={invite.isPending}
        error={invite.error}
        onSubmit={(entries, form) => {
          setSent(undefined);
          invite.mutate(entries, { onSuccess: () => form.reset() });
        }}
      >
        <InstitutionField />
        <Field label={texts.email} name="email" type="email" required maxLength={254} />
        <Field label={texts.days} name="days" type="number" value="14" required min={1} max={60} />
      </Form>
      <p role="status">
        {sent !== undefined && (
          <>
            {texts.sent(sent.email ?? sent.institution)}{' '}
            <Link href={`/invitations/${sent.id}`}>{texts.show}</Link>
          </>
        )}
      </p>
    </details>
  );
}
