//! What administrators and operators decide about an incident: who works on it, whether it is one, and what it belongs to.

import { useState } from 'preact/hooks';
import { useAction } from '../api/action.ts';
import { api } from '../api/client.ts';
import { ConfirmButton } from '../elements/confirm.tsx';
import { Field, Form } from '../elements/form.tsx';
import { catalogue, useLanguage, useTexts } from '../language/language.tsx';
import { usePeople } from '../session/data.ts';
import { useMay } from '../session/session.tsx';
import { changeOf, keysOf, useLatestIncidents } from './data.ts';
import { type Incident, isOver, stateWord, subject } from './words.ts';
import type { WorkProps } from './work.tsx';

const TEXTS = catalogue({
  et: {
    assign: 'Määra tegeleja',
    assignee: 'Isiku tunnus',
    assigneeHint: 'Autentimisteenuse tunnus (sub). Tühi väli: intsident ei ole kellelegi määratud.',
    assigned: 'Tegeleja on määratud.',
    unassigned: 'Intsident ei ole enam kellelegi määratud.',
    reopen: 'Ava uuesti',
    reopens:
      'Intsident on taas avatud. See lahendatakse iseenesest, kui vestlusrobot püsib võrgus.',
    reopened: 'Intsident on uuesti avatud.',
    dismiss: 'Jäta kõrvale',
    dismisses: 'Intsident jäetakse kõrvale ega lähe näitajates arvesse.',
    dismissesMembers:
      'Võrguintsident jäetakse kõrvale ega lähe näitajates arvesse. Seda ei saa uuesti avada. Liikmed muutuvad minuti jooksul iseseisvateks intsidentideks.',
    dismissed: 'Intsident on kõrvale jäetud.',
    merge: 'Liida teise intsidendiga',
    parent: 'Teise intsidendi tunnus',
    parentHint: 'Valige pakutud intsidentide seast või kirjutage tunnus.',
    merged: 'Intsident on liidetud.',
    split: 'Eralda teisest intsidendist',
    splits: 'Intsident on taas iseseisev. Võrguintsidendiga seda enam iseenesest ei liideta.',
    separated: 'Intsident on eraldatud.',
  },
  en: {
    assign: 'Assign to a person',
    assignee: 'Id of the person',
    assigneeHint:
      'The id of the authentication service (sub). Empty: the incident is assigned to nobody.',
    assigned: 'The incident is assigned.',
    unassigned: 'The incident is assigned to nobody any more.',
    reopen: 'Open again',
    reopens: 'The incident is open again. It resolves by itself when the chatbot stays online.',
    reopened: 'The incident is open again.',
    dismiss: 'Dismiss',
    dismisses: 'The incident is dismissed and does not count in figures.',
    dismissesMembers:
      'The network incident is dismissed and does not count in figures. It cannot be opened again. Its members become incidents of their own within a minute.',
    dismissed: 'The incident is dismissed.',
    merge: 'Merge into another incident',
    parent: 'Id of the other incident',
    parentHint: 'Choose one of the incidents that are offered, or type an id.',
    merged: 'The incident is merged.',
    split: 'Split from the other incident',
    splits:
      'The incident is one of its own again. It does not become part of a network incident by itself any more.',
    separated: 'The incident is one of its own again.',
  },
});

export function StaffWork(props: WorkProps) {
  const { incident } = props;
  const isNetwork = incident.kind === 'network';
  const isPart = incident.parent !== undefined;
  const hasParts = isNetwork || (incident.members ?? []).length > 0;
  return (
    <>
      <Assign {...props} />
      {!isPart && !hasParts && <Merge {...props} />}
      <div>
        {isPart && <Split {...props} />}{' '}
        {isOver(incident) && !isNetwork && incident.status !== 'removed' && <Reopen {...props} />}
        {!isOver(incident) && <Dismiss {...props} />}
      </div>
    </>
  );
}

function Assign({ incident, etag, onDone }: WorkProps) {
  const texts = useTexts(TEXTS);
  const { id } = incident;
  const [isOpen, setIsOpen] = useState(false);
  const people = usePeople(useMay('admin') && isOpen);
  const assign = useAction(
    (assignee: string | undefined) =>
      api.PUT('/incidents/{incident}/assignee', {
        params: changeOf(id, etag),
        body: { ...(assignee !== undefined && { assignee }) },
      }),
    ...keysOf(id),
  );
  return (
    <details onToggle={(event) => setIsOpen(event.currentTarget.open)}>
      <summary>{texts.assign}</summary>
      <Form
        submit={texts.assign}
        isPending={assign.isPending}
        error={assign.error}
        onSubmit={({ assignee }) =>
          assign.mutate(assignee, {
            onSuccess: () => onDone(assignee === undefined ? texts.unassigned : texts.assigned),
          })
        }
      >
        <Field
          label={texts.assignee}
          name="assignee"
          value={incident.assignee ?? ''}
          hint={texts.assigneeHint}
          maxLength={256}
          suggestions={(people.data ?? []).map(({ subject, name }) => [subject, name])}
        />
      </Form>
    </details>
  );
}

function Merge({ incident, onDone }: WorkProps) {
  const texts = useTexts(TEXTS);
  const { language } = useLanguage();
  const { id } = incident;
  const [isOpen, setIsOpen] = useState(false);
  const latest = useLatestIncidents(isOpen);
  const merge = useAction(
    (parent: string) =>
      api.PUT('/incidents/{incident}/parent', {
        params: { path: { incident: id } },
        body: { parent },
      }),
    // The other incident has another part then.
    ['incident'],
    ['incidents'],
  );
  const candidates = (latest.data?.incidents ?? []).filter((one) => canTake(one, id));
  return (
    <details onToggle={(event) => setIsOpen(event.currentTarget.open)}>
      <summary>{texts.merge}</summary>
      <Form
        submit={texts.merge}
        isPending={merge.isPending}
        error={merge.error}
        onSubmit={({ parent }) =>
          // The form is gone by then; a refusal is in `error`.
          merge.mutateAsync(parent ?? '').then(
            () => onDone(texts.merged),
            () => {},
          )
        }
      >
        <Field
          label={texts.parent}
          name="parent"
          hint={texts.parentHint}
          required
          suggestions={candidates.map((one) => [
            one.id,
            `${subject(one, language)}, ${stateWord(one.state, language)}`,
          ])}
        />
      </Form>
    </details>
  );
}

/** Returns whether the incident `id` may become part of `other`. */
function canTake(other: Incident, id: string): boolean {
  const isOpen = other.kind === 'chatbot' || !isOver(other);
  return other.id !== id && other.parent === undefined && isOpen;
}

function Split({ incident, onDone }: WorkProps) {
  const texts = useTexts(TEXTS);
  const { id } = incident;
  const split = useAction(
    () => api.DELETE('/incidents/{incident}/parent', { params: { path: { incident: id } } }),
    ['incident'],
    ['incidents'],
  );
  const confirm = async () => {
    await split.mutateAsync();
    onDone(texts.separated);
  };
  return <ConfirmButton action={texts.split} consequence={texts.splits} onConfirm={confirm} />;
}

function Reopen({ incident, etag, onDone }: WorkProps) {
  const texts = useTexts(TEXTS);
  const { id } = incident;
  const reopen = useAction(
    () => api.POST('/incidents/{incident}/reopening', { params: changeOf(id, etag) }),
    ...keysOf(id),
  );
  const confirm = async () => {
    await reopen.mutateAsync();
    onDone(texts.reopened);
  };
  return <ConfirmButton action={texts.reopen} consequence={texts.reopens} onConfirm={confirm} />;
}

function Dismiss({ incident, etag, onDone }: WorkProps) {
  const texts = useTexts(TEXTS);
  const { id, kind } = incident;
  const dismiss = useAction(
    () => api.POST('/incidents/{incident}/dismissal', { params: changeOf(id, etag) }),
    ...keysOf(id),
  );
  const confirm = async () => {
    await dismiss.mutateAsync();
    onDone(texts.dismissed);
  };
  return (
    <ConfirmButton
      action={texts.dismiss}
      consequence={kind === 'network' ? texts.dismissesMembers : texts.dismisses}
      onConfirm={confirm}
    />
  );
}
