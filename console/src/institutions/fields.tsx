//! The fields of an institution in forms.

import { typeOptions } from '../chatbots/words.ts';
import { ChoiceField, type Entries, Field } from '../elements/form.tsx';
import { catalogue, useLanguage, useTexts } from '../language/language.tsx';
import { statusOptions } from './words.ts';

export const INSTITUTION_TEXTS = catalogue({
  et: {
    id: 'Tunnus',
    name: 'Nimi',
    nameHint: '4–50 märki.',
    status: 'Olek',
    contact: 'Kontakt (e-post)',
    type: 'Liik',
    noType: 'Määramata',
    participants:
      'Kontakt ja liik kehtivad asutuse vestlusrobotitele, kes registreeritakse vanema põlvkonna osalejana.',
  },
  en: {
    id: 'Id',
    name: 'Name',
    nameHint: '4–50 characters.',
    status: 'Status',
    contact: 'Contact (e-mail)',
    type: 'Type',
    noType: 'Not set',
    participants:
      'Contact and type apply to chatbots of the institution that are enrolled as participants of an earlier generation.',
  },
});

export function InstitutionFields({ entries = {} }: { entries?: Entries }) {
  const texts = useTexts(INSTITUTION_TEXTS);
  const { language } = useLanguage();
  return (
    <>
      <Field
        label={texts.name}
        name="name"
        hint={texts.nameHint}
        value={entries.name ?? ''}
        required
        maxLength={50}
      />
      <ChoiceField
        label={texts.status}
        name="status"
        value={entries.status ?? 'Active'}
        options={statusOptions(language)}
      />
      <Field
        label={texts.contact}
        name="contact"
        type="email"
        value={entries.contact ?? ''}
        maxLength={254}
      />
      <ChoiceField
        label={texts.type}
        name="type"
        hint={texts.participants}
        value={entries.type ?? ''}
        options={[['', texts.noType], ...typeOptions(language)]}
      />
    </>
  );
}
