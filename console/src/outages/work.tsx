//! What people do about a planned outage: confirm, extend, complete, change and cancel it.

import { useState } from 'preact/hooks';
import { useAction } from '../api/action.ts';
import { api, type Versioned, versioned } from '../api/client.ts';
import { ConfirmButton } from '../elements/confirm.tsx';
import { Done } from '../elements/done.tsx';
import { EditForm } from '../elements/edit.tsx';
import { type Entries, Field, Form } from '../elements/form.tsx';
import { catalogue, useTexts } from '../language/language.tsx';
import { useMay } from '../session/session.tsx';
import { keysOf, loadOutage, paramsOf } from './data.ts';
import { PlanFields, usePlanLabels } from './fields.tsx';
import { changeBy, entriesOf, type Outage } from './plan.ts';
import { Preview } from './preview.tsx';
import { isOver } from './words.ts';
import { DEFAULT_ZONE, instantOf, wallOf } from './zone.ts';

const TEXTS = catalogue({
  et: {
    title: 'Tegevused',
    confirm: 'Kinnita',
    confirms:
      'Asutuse tellijaid teavitatakse. Katkestuse ajal ei teavitata kedagi selle vestlusrobotite katkestustest.',
    confirmed: 'Katkestus on kinnitatud.',
    extend: 'Muuda käimasoleva korra lõppu',
    end: (zone: string) => `Uus lõpp (${zone})`,
    endHint: 'Kõige rohkem 48 tundi pärast algust. Varasem aeg lõpetab varem.',
    extended: 'Lõpp on muudetud.',
    complete: 'Lõpeta käimasolev kord kohe',
    completes:
      'Vestlusrobotite katkestustest teavitatakse taas kohe. Käideldavuse arvutusest jääb välja aeg kuni praeguseni.',
    completed: 'Käimasolev kord on lõpetatud.',
    change: 'Muuda plaani',
    changes: 'Muudatus puudutab kordi, mis ei ole veel alanud.',
    cancel: 'Tühista katkestus',
    cancels: 'Käimasolev kord lõpeb kohe ja järgmised jäävad ära. Seda ei saa tagasi võtta.',
    cancelled: 'Katkestus on tühistatud.',
  },
  en: {
    title: 'Actions',
    confirm: 'Confirm',
    confirms:
      'Subscribers of the institution are notified. While the outage is in progress, nobody is notified of outages of its chatbots.',
    confirmed: 'The outage is confirmed.',
    extend: 'Move the end of the occurrence in progress',
    end: (zone: string) => `New end (${zone})`,
    endHint: 'At most 48 hours after the start. An earlier time ends it earlier.',
    extended: 'The end was moved.',
    complete: 'End the occurrence in progress now',
    completes:
      'Outages of the chatbots are notified again from now on. Availability excludes the time up to now.',
    completed: 'The occurrence in progress has ended.',
    change: 'Change the plan',
    changes: 'The change applies to occurrences that have not begun.',
    cancel: 'Cancel the outage',
    cancels:
      'The occurrence in progress ends now, and those that follow do not take place. This cannot be undone.',
    cancelled: 'The outage is cancelled.',
  },
});

interface WorkProps {
  outage: Outage;
  etag: string | undefined;
  /** Gets what was done, to be announced. */
  onDone: (text: string) => void;
}

export function OutageWork({ value: outage, etag }: Versioned<Outage>) {
  const texts = useTexts(TEXTS);
  const [done, setDone] = useState('');
  const mayConfirm = useMay('admin', 'operator');
  const mayChange = useMay('admin', 'operator', 'owner');
  if (!mayChange) return null;
  const props = { outage, etag, onDone: setDone };
  const running = outage.occurrences.find((one) => one.state === 'in-progress');
  return (
    <section class="card" aria-labelledby="work">
      <h2 id="work">{texts.title}</h2>
      <Done text={done} />
      {outage.state === 'requested' && mayConfirm && <Confirm {...props} />}
      {!isOver(outage) && running !== undefined && (
        <>
          <Complete {...props} />
          <Extend {...props} end={running.end} key={running.end} />
        </>
      )}
      {!isOver(outage) && (
        <>
          <ChangePlan {...props} />
          <Cancel {...props} />
        </>
      )}
    </section>
  );
}

function Confirm({ outage, etag, onDone }: WorkProps) {
  const texts = useTexts(TEXTS);
  const confirm = useAction(
    () => api.POST('/planned-outages/{outage}/confirmation', { params: paramsOf(outage.id, etag) }),
    ...keysOf(outage.id),
  );
  return (
    <ConfirmButton
      action={texts.confirm}
      consequence={texts.confirms}
      onConfirm={() => confirm.mutateAsync().then(() => onDone(texts.confirmed))}
    />
  );
}

function Complete({ outage, etag, onDone }: WorkProps) {
  const texts = useTexts(TEXTS);
  const complete = useAction(
    () => api.POST('/planned-outages/{outage}/completion', { params: paramsOf(outage.id, etag) }),
    ...keysOf(outage.id),
  );
  return (
    <ConfirmButton
      action={texts.complete}
      consequence={texts.completes}
      onConfirm={() => complete.mutateAsync().then(() => onDone(texts.completed))}
    />
  );
}

function Cancel({ outage, etag, onDone }: WorkProps) {
  const texts = useTexts(TEXTS);
  const cancel = useAction(
    () => api.DELETE('/planned-outages/{outage}', { params: paramsOf(outage.id, etag) }),
    ...keysOf(outage.id),
  );
  return (
    <ConfirmButton
      action={texts.cancel}
      consequence={texts.cancels}
      onConfirm={() => cancel.mutateAsync().then(() => onDone(texts.cancelled))}
    />
  );
}

function Extend({ end, outage, etag, onDone }: WorkProps & { end: string }) {
  const texts = useTexts(TEXTS);
  const zone = outage.rule.zone ?? DEFAULT_ZONE;
  const extend = useAction(
    (until: string) =>
      api.PATCH('/planned-outages/{outage}', {
        params: paramsOf(outage.id, etag),
        body: { until },
      }),
    ...keysOf(outage.id),
  );
  // The form is another one as soon as the end is, so its own callbacks would not be called.
  const send = ({ until = '' }: Entries) =>
    extend.mutateAsync(instantOf(until, zone).at.toISOString()).then(
      () => onDone(texts.extended),
      () => {},
    );
  return (
    <details>
      <summary>{texts.extend}</summary>
      <Form submit={texts.extend} isPending={extend.isPending} error={extend.error} onSubmit={send}>
        <Field
          label={texts.end(zone)}
          name="until"
          type="datetime-local"
          hint={texts.endHint}
          value={wallOf(new Date(end), zone)}
          required
        />
      </Form>
    </details>
  );
}

function ChangePlan({ outage, etag }: WorkProps) {
  const texts = useTexts(TEXTS);
  const [isOpen, setIsOpen] = useState(false);
  return (
    <details onToggle={(event) => setIsOpen(event.currentTarget.open)}>
      <summary>{texts.change}</summary>
      {isOpen && <ChangeForm value={outage} etag={etag} />}
    </details>
  );
}

function ChangeForm(loaded: Versioned<Outage>) {
  const texts = useTexts(TEXTS);
  const labels = usePlanLabels();
  const { id } = loaded.value;
  const [entries, setEntries] = useState(() => entriesOf(loaded.value));
  const save = async (changes: Entries, latest: Versioned<Outage>) => {
    const body = changeBy(latest.value, changes);
    // Somebody else has made the same change meanwhile.
    if (body === undefined) return latest;
    const params = paramsOf(id, latest.etag);
    return versioned(await api.PATCH('/planned-outages/{outage}', { params, body }));
  };
  return (
    <>
      <p>{texts.changes}</p>
      <EditForm
        loaded={loaded}
        load={() => loadOutage(id)}
        entriesOf={entriesOf}
        labels={labels}
        fields={(initial) => (
          <>
            <PlanFields initial={initial} entries={entries} />
            <Preview entries={entries} />
          </>
        )}
        save={save}
        keys={keysOf(id)}
        onChange={setEntries}
      />
    </>
  );
}
