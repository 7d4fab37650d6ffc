//! The settings of a subscription as terms and values of a list.

import { Fragment } from 'preact';
import { catalogue, useTexts } from '../language/language.tsx';
import { type Settings, timeFieldsOf } from './settings.ts';
import { SETTINGS_TEXTS } from './settings-fields.tsx';
import { WORDS } from './words.ts';

const TEXTS = catalogue({
  et: {
    every: 'Kõik',
    none: 'Ei ole',
    quiet: (from: string, until: string, except: string | undefined) =>
      `${from}–${until}${except ? `; saadetakse ikkagi: ${except}` : ''}`,
    daily: (at: string) => `Iga päev kell ${at}`,
  },
  en: {
    every: 'All',
    none: 'None',
    quiet: (from: string, until: string, except: string | undefined) =>
      `${from}–${until}${except ? `; sent all the same: ${except}` : ''}`,
    daily: (at: string) => `Every day at ${at}`,
  },
});

export function SettingsList({ settings }: { settings: Settings }) {
  const texts = useTexts(TEXTS);
  const labels = useTexts(SETTINGS_TEXTS);
  const words = useTexts(WORDS);
  const { leastImportance, kinds, language, zone } = settings;
  const { from, until, except, digest, daily } = timeFieldsOf(settings);
  const exception = except === '' ? undefined : labels.exceptions[except];
  const rows: [string, string][] = [
    [labels.importance, words.importances[leastImportance]],
    [
      labels.kinds,
      kinds.length === 0 ? texts.every : kinds.map((kind) => words.kinds[kind]).join('; '),
    ],
    [labels.language, words.languages[language]],
    [labels.zone, zone],
    [labels.quiet, from === '' ? texts.none : texts.quiet(from, until, exception)],
    [labels.digest, digest === 'daily' ? texts.daily(daily) : labels.digests[digest]],
  ];
  return (
    <>
      {rows.map(([label, value]) => (
        <Fragment key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </Fragment>
      ))}
    </>
  );
}
