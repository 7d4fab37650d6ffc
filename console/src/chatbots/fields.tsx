//! The fields of a chatbot in forms.

import { ChoiceField, type Entries, Field, TextField } from '../elements/form.tsx';
import { useInstitutionOptions } from '../elements/institutions.ts';
import { NAME_PATTERN } from '../elements/name.ts';
import { catalogue, useLanguage, useTexts } from '../language/language.tsx';
import { typeOptions } from './words.ts';

export const FIELD_TEXTS = catalogue({
  et: {
    name: 'Nimi',
    nameHint: '2–64 väiketähte (a–z), numbrit või sidekriipsu. Nime ei saa hiljem muuta.',
    uri: 'Aadress',
    uriHint: 'Avalik http- või https-aadress, millele vaatlejad sõnumeid saadavad.',
    type: 'Liik',
    institution: 'Asutus',
    contact: 'Kontakt (e-post)',
    versions: 'Versioonid',
    versionsHint: 'Igal real üks komponent ja selle versioon, näiteks: intent-engine 1.4.0',
  },
  en: {
    name: 'Name',
    nameHint: '2–64 small letters (a–z), digits or hyphens. The name cannot be changed later.',
    uri: 'Address',
    uriHint: 'A public http or https address to which observers send messages.',
    type: 'Type',
    institution: 'Institution',
    contact: 'Contact (e-mail)',
    versions: 'Versions',
    versionsHint: 'One component with its version on each line, for example: intent-engine 1.4.0',
  },
});

/** The name of a chatbot, DMR or institution that is created. */
export function NameField({ name = 'name' }: { name?: string }) {
  const texts = useTexts(FIELD_TEXTS);
  return (
    <Field
      label={texts.name}
      name={name}
      hint={texts.nameHint}
      required
      maxLength={64}
      pattern={NAME_PATTERN}
    />
  );
}

/** The institution of a chatbot or DMR. */
export function InstitutionField({ value }: { value?: string | undefined }) {
  const texts = useTexts(FIELD_TEXTS);
  return (
    <Field
      label={texts.institution}
      name="institution"
      value={value ?? ''}
      required
      maxLength={64}
      pattern={NAME_PATTERN}
      suggestions={useInstitutionOptions()}
    />
  );
}

interface Props {
  /** What the names of the fields begin with. */
  prefix?: string;
  entries?: Entries;
}

/** What every form of a chatbot asks for besides its name and its institution. */
export function ChatbotFields({ prefix = '', entries = {} }: Props) {
  const texts = useTexts(FIELD_TEXTS);
  const { language } = useLanguage();
  const of = (name: string) => ({ name: `${prefix}${name}`, value: entries[name] ?? '' });
  return (
    <>
      <Field
        label={texts.uri}
        hint={texts.uriHint}
        type="url"
        required
        maxLength={2048}
        {...of('uri')}
      />
      <ChoiceField
        label={texts.type}
        options={typeOptions(language)}
        name={`${prefix}type`}
        value={entries.type ?? 'institution'}
      />
      <Field label={texts.contact} type="email" required maxLength={254} {...of('contact')} />
      <TextField label={texts.versions} hint={texts.versionsHint} {...of('versions')} />
    </>
  );
}
