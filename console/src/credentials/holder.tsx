//! The holder of a certificate or an API key that is issued.

import { ChoiceField, Field } from '../elements/form.tsx';
import { NAME_PATTERN } from '../elements/name.ts';
import { useLanguage, useTexts } from '../language/language.tsx';
import type { Filter } from './filter.ts';
import { CREDENTIAL_TEXTS, profileOptions } from './words.ts';

/** The fields of a holder, filled with that of the filter. */
export function HolderFields({ filter }: { filter: Filter }) {
  const words = useTexts(CREDENTIAL_TEXTS);
  const { language } = useLanguage();
  return (
    <>
      <ChoiceField
        label={words.profile}
        name="profile"
        value={filter.profile || 'dmr'}
        options={profileOptions(language)}
      />
      <Field
        label={words.name}
        name="name"
        value={filter.name}
        required
        maxLength={64}
        pattern={NAME_PATTERN}
      />
    </>
  );
}
