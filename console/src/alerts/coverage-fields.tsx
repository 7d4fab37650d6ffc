//! The fields for the chatbots that a subscription covers: all of an institution, or chosen ones.

import { useState } from 'preact/hooks';
import { ChecksField } from '../elements/checks.tsx';
import type { Entries } from '../elements/form.tsx';
import { ProblemNotice } from '../elements/problem.tsx';
import { catalogue, useTexts } from '../language/language.tsx';
import { useChatbotNames } from './data.ts';

const TEXTS = catalogue({
  et: {
    coverage: 'Mille kohta',
    all: 'Asutuse kõik vestlusrobotid, ka hiljem lisanduvad',
    some: 'Ainult valitud vestlusrobotid',
    chatbots: 'Vestlusrobotid',
    hint: 'Valige vähemalt üks.',
    none: 'Asutusel ei ole vestlusroboteid.',
  },
  en: {
    coverage: 'About',
    all: 'All chatbots of the institution, also those enrolled later',
    some: 'Only chosen chatbots',
    chatbots: 'Chatbots',
    hint: 'Choose at least one.',
    none: 'The institution has no chatbots.',
  },
});

interface Props {
  institution: string;
  /** The chatbots that are chosen at first; undefined for all. */
  chosen?: string[] | undefined;
}

export function CoverageFields({ institution, chosen }: Props) {
  const texts = useTexts(TEXTS);
  const [isSome, setIsSome] = useState(chosen !== undefined);
  const names = useChatbotNames(institution);
  return (
    <>
      <fieldset>
        <legend>{texts.coverage}</legend>
        <label>
          <input
            type="radio"
            name="coverage"
            value="all"
            checked={!isSome}
            onChange={() => setIsSome(false)}
          />{' '}
          {texts.all}
        </label>
        <label>
          <input
            type="radio"
            name="coverage"
            value="some"
            checked={isSome}
            onChange={() => setIsSome(true)}
          />{' '}
          {texts.some}
        </label>
      </fieldset>
      {isSome && names.error !== null && (
        <ProblemNotice error={names.error} onRetry={() => names.refetch()} />
      )}
      {isSome && names.data?.length === 0 && <p>{texts.none}</p>}
      {isSome && names.data !== undefined && names.data.length > 0 && (
        <ChecksField
          label={texts.chatbots}
          name="chatbots"
          hint={texts.hint}
          values={chosen ?? []}
          options={names.data.map((name) => [name, name])}
        />
      )}
    </>
  );
}

/** Returns the chosen chatbots of entries; `all` if that is chosen. */
export function coverageOf(entries: Entries): 'all' | string[] {
  if (entries.coverage !== 'some') return 'all';
  return Object.keys(entries)
    .filter((name) => name.startsWith('chatbots/'))
    .map((name) => name.slice('chatbots/'.length));
}
