//! The decision of an administrator about an invitation: approve or reject its application, or withdraw it.

import { useAction } from '../api/action.ts';
import { api, ifMatch, type Schemas, type Versioned } from '../api/client.ts';
import { ConfirmButton } from '../elements/confirm.tsx';
import { Field, Form } from '../elements/form.tsx';
import { catalogue, useTexts } from '../language/language.tsx';
import type { Invitation } from './words.ts';

const TEXTS = catalogue({
  et: {
    title: 'Otsus',
    check:
      'Kiitke heaks, kui asutus, taotleja, aadress ja kontakt kuuluvad kokku. Otsust ei saa hiljem muuta.',
    days: 'Sertifikaat kehtib (päeva)',
    approve: 'Kiida heaks',
    approval:
      'Vestlusrobot registreeritakse olekus „Teadmata“ ja tema sertifikaat väljastatakse. Ta läheb võrku, kui ta proovipäringutele vastab.',
    reject: 'Lükka tagasi',
    rejection:
      'Taotlus lükatakse tagasi ja taotleja näeb põhjust. Uueks taotluseks on vaja uut kutset.',
    withdraw: 'Võta kutse tagasi',
    withdrawal: 'Kutse koodiga ei saa enam taotleda. Asutus vajab uut kutset.',
  },
  en: {
    title: 'Decision',
    check:
      'Approve if the institution, the applicant, the address and the contact belong together. A decision cannot be changed later.',
    days: 'Lifetime of the certificate (days)',
    approve: 'Approve',
    approval:
      'The chatbot is enrolled as “Unknown” and its certificate is issued. It goes online when it answers its probes.',
    reject: 'Reject',
    rejection:
      'The application is rejected, and the applicant sees the reason. Another application needs another invitation.',
    withdraw: 'Withdraw the invitation',
    withdrawal:
      'Nobody can apply with the code of the invitation any more. The institution needs another invitation.',
  },
});

export function Decision({ invitation }: { invitation: Versioned<Invitation> }) {
  const texts = useTexts(TEXTS);
  const { id, status } = invitation.value;
  // The generated type asks for days, which a rejection must not have.
  type NewDecision = Schemas['NewDecision'];
  const decide = async (decision: Omit<NewDecision, 'days'> & { days?: number }) => {
    const body = decision as NewDecision;
    const params = { path: { id }, header: ifMatch(invitation.etag) };
    await api.PUT('/invitations/{id}/decision', { params, body });
  };
  const keys = [['invitation', id], ['invitations']];
  const approve = useAction(decide, ...keys, ['chatbots'], ['network']);
  const reject = useAction(decide, ...keys);
  if (status !== 'submitted' && status !== 'invited') return null;
  const isWithdrawal = status === 'invited';
  return (
    <section class="card" aria-labelledby="decision">
      <h2 id="decision">{texts.title}</h2>
      {!isWithdrawal && (
        <>
          <p>{texts.check}</p>
          <p>{texts.approval}</p>
          <Form
            submit={texts.approve}
            isPending={approve.isPending}
            error={approve.error}
            onSubmit={({ days }) => approve.mutate({ decision: 'approve', days: Number(days) })}
          >
            <Field
              label={texts.days}
              name="days"
              type="number"
              value="90"
              required
              min={1}
              max={397}
            />
          </Form>
        </>
      )}
      <p>
        <ConfirmButton
          action={isWithdrawal ? texts.withdraw : texts.reject}
          consequence={isWithdrawal ? texts.withdrawal : texts.rejection}
          asksReason
          onConfirm={(reason) => reject.mutateAsync({ decision: 'reject', reason })}
        />
      </p>
    </section>
  );
}
