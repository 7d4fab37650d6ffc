//! The form of a proposed policy: each value for all chatbots, and the overrides of single ones as JSON.

import { useState } from 'preact/hooks';
import { ProblemError } from '../api/problem.ts';
import { ChecksField } from '../elements/checks.tsx';
import {
  CheckField,
  ChoiceField,
  type Entries,
  Field,
  Form,
  TextField,
} from '../elements/form.tsx';
import { number } from '../language/format.ts';
import { catalogue, useLanguage, useTexts } from '../language/language.tsx';
import { draftOf, OVERRIDES } from './policy-draft.ts';
import {
  FIELDS,
  GROUPS,
  LEVELS,
  METHODS,
  type PolicyDocument,
  type PolicyPath,
  pathsOf,
  type Unit,
  valueAt,
} from './policy-fields.ts';
import { POLICY_WORDS } from './policy-words.ts';

const TEXTS = catalogue({
  et: {
    compare: 'Võrdle kehtivate reeglitega',
    invalid: 'Parandage märgitud väljad.',
    number: 'Siia sobib täisarv.',
    object: 'Siia sobib objekt, mille liikmed on vestlusrobotid ja nende erandid objektidena.',
    units: {
      seconds: 'sekundit',
      milliseconds: 'millisekundit',
      percent: 'protsenti',
      count: '',
    } as Record<Unit, string>,
    limits: (min: string, max: string, unit: string) => `${min} kuni ${max} ${unit}`.trim(),
    codes: 'Näiteks: 5xx, 503, timeout, connection.',
    overrides: 'Üksikute vestlusrobotite erandid (JSON)',
    overridesHint:
      'Iga vestlusroboti kohta ainult väärtused, mis erinevad, näiteks {"tax-board": {"rate": {"minimum": 20}}}. Lage (cap) erandina muuta ei saa.',
  },
  en: {
    compare: 'Compare with the policy in force',
    invalid: 'Correct the marked fields.',
    number: 'A whole number is expected.',
    object: 'An object is expected, with chatbots as members and their overrides as objects.',
    units: {
      seconds: 'seconds',
      milliseconds: 'milliseconds',
      percent: 'percent',
      count: '',
    } as Record<Unit, string>,
    limits: (min: string, max: string, unit: string) => `${min} to ${max} ${unit}`.trim(),
    codes: 'For example: 5xx, 503, timeout, connection.',
    overrides: 'Overrides of single chatbots (JSON)',
    overridesHint:
      'For each chatbot only the values that differ, such as {"tax-board": {"rate": {"minimum": 20}}}. The cap cannot be overridden.',
  },
});

interface Props {
  /** The document that the fields show at first. */
  document: PolicyDocument;
  /** Gets the proposal. */
  onPropose: (document: PolicyDocument) => void;
}

export function PolicyForm({ document, onPropose }: Props) {
  const texts = useTexts(TEXTS);
  const { language } = useLanguage();
  const [error, setError] = useState<ProblemError | null>(null);
  const submit = (entries: Entries) => {
    const draft = draftOf(entries, document);
    if ('document' in draft) {
      setError(null);
      onPropose(draft.document);
      return;
    }
    const words: Record<string, string> = { number: texts.number, object: texts.object };
    const errors = draft.errors.map((one) => ({ ...one, detail: words[one.detail] ?? one.detail }));
    setError(new ProblemError(400, { title: texts.invalid, errors }));
  };
  const overrides = document.chatbots ?? {};
  return (
    <Form submit={texts.compare} isPending={false} error={error} onSubmit={submit}>
      {GROUPS.map((group) => (
        <fieldset key={group}>
          <legend>{POLICY_WORDS[language].groups[group]}</legend>
          {pathsOf(group).map((path) => (
            <PolicyField key={path} path={path} value={valueAt(document.defaults, path)} />
          ))}
        </fieldset>
      ))}
      <TextField
        label={texts.overrides}
        name={OVERRIDES}
        hint={texts.overridesHint}
        value={Object.keys(overrides).length === 0 ? '' : JSON.stringify(overrides, undefined, 2)}
      />
    </Form>
  );
}

function PolicyField({ path, value }: { path: PolicyPath; value: unknown }) {
  const texts = useTexts(TEXTS);
  const { language } = useLanguage();
  const [label, sentence] = POLICY_WORDS[language].values[path];
  const field = FIELDS[path];
  const name = `defaults/${path}`;
  const list = Array.isArray(value) ? value.map(String) : [];
  switch (field.kind) {
    case 'number': {
      const [min, max] = [number(field.min, language), number(field.max, language)];
      const hint = `${sentence} ${texts.limits(min, max, texts.units[field.unit])}.`;
      const limits = { min: field.min, max: field.max };
      return (
        <Field {...{ label, name, hint, ...limits }} type="number" required value={String(value)} />
      );
    }
    case 'switch':
      return <CheckField {...{ label, name, hint: sentence }} checked={value === true} />;
    case 'method':
      return (
        <ChoiceField
          {...{ label, name, hint: sentence }}
          value={String(value)}
          options={Object.entries(METHODS)}
        />
      );
    case 'levels':
      return (
        <ChecksField
          {...{ label, name, hint: sentence }}
          values={list}
          options={Object.entries(LEVELS)}
        />
      );
    case 'codes':
      return (
        <Field {...{ label, name }} hint={`${sentence} ${texts.codes}`} value={list.join(', ')} />
      );
    case 'text':
      return (
        <Field
          {...{ label, name, hint: sentence }}
          required
          maxLength={field.maxLength}
          value={String(value)}
        />
      );
  }
}
