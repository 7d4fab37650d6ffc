//! A form that changes what has a version. If somebody else changed it meanwhile, the reader sees what, and decides.

import type { QueryKey } from '@tanstack/react-query';
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { useAction } from '../api/action.ts';
import type { Versioned } from '../api/client.ts';
import { ProblemError } from '../api/problem.ts';
import { catalogue, useTexts } from '../language/language.tsx';
import { changedEntries } from './entries.ts';
import { type Entries, Form } from './form.tsx';
import { Table } from './table.tsx';

const TEXTS = catalogue({
  et: {
    save: 'Salvesta',
    saved: 'Salvestatud.',
    unchanged: 'Te ei ole midagi muutnud.',
    theirs: 'Keegi muutis vahepeal',
    same: 'Keegi salvestas vahepeal, kuid nende väljade väärtused on samad.',
    again:
      'Kui salvestate uuesti, lisatakse teie muudatused sellele seisule. Väljad, mida te ei muutnud, jäävad nii, nagu need nüüd on.',
    field: 'Väli',
    before: 'Enne',
    now: 'Nüüd',
  },
  en: {
    save: 'Save',
    saved: 'Saved.',
    unchanged: 'You have changed nothing.',
    theirs: 'Changed by somebody else meanwhile',
    same: 'Somebody saved it meanwhile, but these fields have the same values.',
    again:
      'If you save again, your changes are added to that state. Fields that you did not change stay as they are now.',
    field: 'Field',
    before: 'Before',
    now: 'Now',
  },
});

interface Props<T> {
  /** What is changed, as it was read. Later reads do not change the fields. */
  loaded: Versioned<T>;
  /** Reads it again. */
  load: () => Promise<Versioned<T>>;
  /** Returns the texts of the fields. */
  entriesOf: (value: T) => Entries;
  /** The labels of the fields. */
  labels: Record<string, string>;
  /** Returns the fields with these texts. */
  fields: (entries: Entries) => ComponentChildren;
  /** Sends the changed entries, based on the latest version. */
  save: (changes: Entries, latest: Versioned<T>) => Promise<Versioned<T>>;
  /** The data that are read again afterwards. */
  keys: QueryKey[];
  /** Gets the texts after each change of a field. */
  onChange?: (entries: Entries) => void;
}

export function EditForm<T>(props: Props<T>) {
  const { loaded, load, entriesOf, labels, fields, save, keys, onChange } = props;
  const texts = useTexts(TEXTS);
  const [shown] = useState(() => entriesOf(loaded.value));
  const [base, setBase] = useState(shown);
  const [latest, setLatest] = useState(loaded);
  const [theirs, setTheirs] = useState<Entries>();
  const [note, setNote] = useState('');
  const isSame = Object.keys(changedEntries(base, entriesOf(loaded.value))).length === 0;
  // A later version with the same fields is none that the reader has to see.
  const basis = isSame && theirs === undefined ? loaded : latest;
  const send = useAction(
    async (entries: Entries) => {
      try {
        setLatest(await save(changedEntries(base, entries), basis));
        setBase(entries);
        setTheirs(undefined);
        setNote(texts.saved);
      } catch (error) {
        if (error instanceof ProblemError && error.status === 412) {
          const fresh = await load();
          setTheirs(changedEntries(base, entriesOf(fresh.value)));
          setLatest(fresh);
        }
        throw error;
      }
    },
    ...keys,
  );
  const submit = (entries: Entries) => {
    const isChanged = Object.keys(changedEntries(base, entries)).length > 0;
    setNote(isChanged ? '' : texts.unchanged);
    if (isChanged) send.mutate(entries);
  };
  return (
    <>
      <Form
        submit={texts.save}
        isPending={send.isPending}
        error={send.error}
        onSubmit={submit}
        {...(onChange && { onChange })}
      >
        {fields(shown)}
        {theirs !== undefined && <Theirs before={base} now={theirs} labels={labels} />}
      </Form>
      <p role="status">{note}</p>
    </>
  );
}

interface TheirsProps {
  before: Entries;
  now: Entries;
  labels: Record<string, string>;
}

function Theirs({ before, now, labels }: TheirsProps) {
  const texts = useTexts(TEXTS);
  const names = Object.keys(now);
  return (
    <div class="notice">
      <h3>{texts.theirs}</h3>
      {names.length === 0 && <p>{texts.same}</p>}
      {names.length > 0 && (
        <Table
          caption={texts.theirs}
          rows={names}
          keyOf={(name) => name}
          columns={[
            { head: texts.field, cell: (name) => labels[name] ?? name },
            { head: texts.before, cell: (name) => before[name] ?? '–' },
            { head: texts.now, cell: (name) => now[name] || '–' },
          ]}
        />
      )}
      <p>{texts.again}</p>
    </div>
  );
}
