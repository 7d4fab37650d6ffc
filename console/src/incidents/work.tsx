//! What people do about an incident: acknowledge, note, resolve. What staff decide beside that is in `staff.tsx`.

import { useState } from 'preact/hooks';
import { useAction } from '../api/action.ts';
import { api, type Schemas, type Versioned } from '../api/client.ts';
import { Done } from '../elements/done.tsx';
import { ChoiceField, Field, Form, TextField } from '../elements/form.tsx';
import { catalogue, useLanguage, useTexts } from '../language/language.tsx';
import { useMay } from '../session/session.tsx';
import { changeOf, keysOf } from './data.ts';
import { StaffWork } from './staff.tsx';
import { actionOptions, helpedOptions, type Incident, isOver } from './words.ts';

const TEXTS = catalogue({
  et: {
    title: 'Tegevused',
    acknowledge: 'Võta teadmiseks',
    acknowledgeAgain: 'Võta uuesti teadmiseks',
    hours: 'Mitmeks tunniks',
    hoursHint: '1–72. Pärast seda on intsident taas avatud.',
    acknowledged: 'Intsident on teadmiseks võetud.',
    note: 'Lisa märkus',
    text: 'Märkus',
    textHint: 'Isikuandmed kaetakse enne salvestamist kinni.',
    noted: 'Märkus on lisatud.',
    resolve: 'Lahenda',
    resolved: 'Intsident on lahendatud.',
    explain: 'Märgi, mida tehti',
    explained: 'Tegevus on märgitud.',
    action: 'Mida tehti',
    choose: 'Valige',
    unknown: 'Jäta märkimata',
    helped: 'Kas see aitas',
    stillDown: 'Intsidendi saab lahendada siis, kui vestlusrobot on taas võrgus.',
    releases:
      'Liikmed, mis on endiselt väljas, muutuvad minuti jooksul iseseisvateks intsidentideks.',
  },
  en: {
    title: 'Actions',
    acknowledge: 'Acknowledge',
    acknowledgeAgain: 'Acknowledge again',
    hours: 'For how many hours',
    hoursHint: '1–72. Afterwards the incident is open again.',
    acknowledged: 'The incident is acknowledged.',
    note: 'Add a note',
    text: 'Note',
    textHint: 'Personal data are masked before the note is stored.',
    noted: 'The note was added.',
    resolve: 'Resolve',
    resolved: 'The incident is resolved.',
    explain: 'Say what was done',
    explained: 'The action was recorded.',
    action: 'What was done',
    choose: 'Choose',
    unknown: 'Not said',
    helped: 'Whether it helped',
    stillDown: 'The incident can be resolved when the chatbot is online again.',
    releases: 'Members that are still out become incidents of their own within a minute.',
  },
});

export interface WorkProps {
  incident: Incident;
  etag: string | undefined;
  /** Gets what was done, to be announced. */
  onDone: (text: string) => void;
}

export function Work({ value: incident, etag }: Versioned<Incident>) {
  const texts = useTexts(TEXTS);
  const [done, setDone] = useState('');
  const mayWork = useMay('admin', 'operator', 'owner');
  const mayDecide = useMay('admin', 'operator');
  if (!mayWork) return null;
  const props = { incident, etag, onDone: setDone };
  return (
    <section class="card" aria-labelledby="work">
      <h2 id="work">{texts.title}</h2>
      <Done text={done} />
      {!isOver(incident) && <Acknowledge {...props} />}
      <AddNote {...props} />
      {/* What is transient or dismissed was no outage, so nothing resolved it. */}
      {incident.state !== 'transient' && incident.state !== 'dismissed' && <Resolve {...props} />}
      {mayDecide && <StaffWork {...props} />}
    </section>
  );
}

function Acknowledge({ incident, etag, onDone }: WorkProps) {
  const texts = useTexts(TEXTS);
  const { id } = incident;
  const acknowledge = useAction(
    (hours: number) =>
      api.POST('/incidents/{incident}/acknowledgement', {
        params: changeOf(id, etag),
        body: { hours },
      }),
    ...keysOf(id),
  );
  const action = incident.acknowledged === undefined ? texts.acknowledge : texts.acknowledgeAgain;
  return (
    <details>
      <summary>{action}</summary>
      <Form
        submit={action}
        isPending={acknowledge.isPending}
        error={acknowledge.error}
        onSubmit={({ hours }) =>
          acknowledge.mutate(Number(hours), { onSuccess: () => onDone(texts.acknowledged) })
        }
      >
        <Field
          label={texts.hours}
          name="hours"
          type="number"
          value="4"
          min={1}
          max={72}
          hint={texts.hoursHint}
          required
        />
      </Form>
    </details>
  );
}

function AddNote({ incident, onDone }: WorkProps) {
  const texts = useTexts(TEXTS);
  const { id } = incident;
  const add = useAction(
    (text: string) =>
      api.POST('/incidents/{incident}/notes', {
        params: { path: { incident: id } },
        body: { text },
      }),
    ...keysOf(id),
  );
  return (
    <details>
      <summary>{texts.note}</summary>
      <Form
        submit={texts.note}
        isPending={add.isPending}
        error={add.error}
        onSubmit={({ text }, form) =>
          add.mutate(text ?? '', {
            onSuccess: () => {
              form.reset();
              onDone(texts.noted);
            },
          })
        }
      >
        <TextField label={texts.text} name="text" hint={texts.textHint} maxLength={4000} required />
      </Form>
    </details>
  );
}

function Resolve({ incident, etag, onDone }: WorkProps) {
  const texts = useTexts(TEXTS);
  const { language } = useLanguage();
  const { id } = incident;
  const isResolved = incident.state === 'resolved';
  const resolve = useAction(
    (body: Schemas['NewResolution']) =>
      api.POST('/incidents/{incident}/resolution', { params: changeOf(id, etag), body }),
    ...keysOf(id),
  );
  const isNetwork = incident.kind === 'network';
  const title = isResolved ? texts.explain : texts.resolve;
  if (!isResolved && !isNetwork && incident.status === 'offline')
    return <p class="quiet">{texts.stillDown}</p>;
  return (
    <details>
      <summary>{title}</summary>
      {isNetwork && !isResolved && <p>{texts.releases}</p>}
      <Form
        submit={title}
        isPending={resolve.isPending}
        error={resolve.error}
        onSubmit={({ action, helped }) =>
          resolve.mutate(
            action === undefined
              ? {}
              : { action: action as Schemas['Action'], helped: helped === 'true' },
            { onSuccess: () => onDone(isResolved ? texts.explained : texts.resolved) },
          )
        }
      >
        <ChoiceField
          label={texts.action}
          name="action"
          value={incident.action?.action ?? ''}
          required={isResolved}
          options={[['', isResolved ? texts.choose : texts.unknown], ...actionOptions(language)]}
        />
        <ChoiceField
          label={texts.helped}
          name="helped"
          value={String(incident.action?.helped ?? true)}
          options={helpedOptions(language)}
        />
      </Form>
    </details>
  );
}
