//! The fields for the settings of a subscription.

import { ProblemError } from '../api/problem.ts';
import { ChecksField } from '../elements/checks.tsx';
import { ChoiceField, type Entries, Field } from '../elements/form.tsx';
import { catalogue, useTexts } from '../language/language.tsx';
import { type DigestChoice, type Settings, settingsOf, timeFieldsOf, zones } from './settings.ts';
import { WORDS } from './words.ts';

export const SETTINGS_TEXTS = catalogue({
  et: {
    importance: 'Vähim olulisus',
    importanceHint: 'Vähem olulisi teateid ei saadeta.',
    kinds: 'Teadete liigid',
    kindsHint: 'Kui ükski ei ole valitud, saadetakse kõik liigid.',
    language: 'Teadete keel',
    zone: 'Ajavöönd',
    zoneHint: 'Selles vööndis on teadete ajad, vaikne aeg ja koondteade.',
    quiet: 'Vaikne aeg',
    from: 'Algus',
    until: 'Lõpp',
    quietHint: 'Sel ajal teateid ei saadeta. Tühjad väljad: vaikset aega ei ole.',
    except: 'Vaiksel ajal saadetakse ikkagi',
    nothing: 'Mitte midagi',
    exceptions: { info: 'Kõik', warning: 'Hoiatused ja kriitilised', critical: 'Kriitilised' },
    digest: 'Koondteade',
    digestHint: 'Kriitilised teated saadetakse ikka kohe.',
    digests: {
      off: 'Ei: teated saadetakse kohe',
      hourly: 'Kord tunnis',
      daily: 'Kord päevas',
    } satisfies Record<DigestChoice, string>,
    daily: 'Igapäevase koondteate kellaaeg',
    invalid: 'Parandage märgitud väljad.',
    errors: {
      both: 'Vaiksel ajal on nii algus kui ka lõpp.',
      time: 'Igapäevane koondteade vajab kellaaega.',
    } as Record<string, string>,
  },
  en: {
    importance: 'Least importance',
    importanceHint: 'Less important notifications are not sent.',
    kinds: 'Kinds of notifications',
    kindsHint: 'If none is chosen, all kinds are sent.',
    language: 'Language of messages',
    zone: 'Time zone',
    zoneHint: 'Times in messages, quiet hours and digests are in this zone.',
    quiet: 'Quiet hours',
    from: 'Start',
    until: 'End',
    quietHint: 'Nothing is sent during this time. Empty fields: there are no quiet hours.',
    except: 'Sent in quiet hours all the same',
    nothing: 'Nothing',
    exceptions: {
      info: 'Everything',
      warning: 'Warnings and critical ones',
      critical: 'Critical ones',
    },
    digest: 'Digest',
    digestHint: 'Critical notifications are sent at once all the same.',
    digests: {
      off: 'No: notifications are sent at once',
      hourly: 'Every hour',
      daily: 'Every day',
    },
    daily: 'Time of the daily digest',
    invalid: 'Correct the marked fields.',
    errors: {
      both: 'Quiet hours have a start and an end.',
      time: 'A daily digest needs a time.',
    },
  },
});

export function SettingsFields({ settings }: { settings: Settings }) {
  const texts = useTexts(SETTINGS_TEXTS);
  const words = useTexts(WORDS);
  const times = timeFieldsOf(settings);
  return (
    <>
      <ChoiceField
        label={texts.importance}
        name="settings/leastImportance"
        hint={texts.importanceHint}
        value={settings.leastImportance}
        options={Object.entries(words.importances)}
      />
      <ChecksField
        label={texts.kinds}
        name="settings/kinds"
        hint={texts.kindsHint}
        values={settings.kinds}
        options={Object.entries(words.kinds)}
      />
      <ChoiceField
        label={texts.language}
        name="settings/language"
        value={settings.language}
        options={Object.entries(words.languages)}
      />
      <ChoiceField
        label={texts.zone}
        name="settings/zone"
        hint={texts.zoneHint}
        value={settings.zone}
        options={zones(settings.zone).map((zone) => [zone, zone])}
      />
      <fieldset>
        <legend>{texts.quiet}</legend>
        <p class="quiet">{texts.quietHint}</p>
        <Field label={texts.from} name="settings/quietHours/from" type="time" value={times.from} />
        <Field
          label={texts.until}
          name="settings/quietHours/until"
          type="time"
          value={times.until}
        />
        <ChoiceField
          label={texts.except}
          name="settings/quietHours/except"
          value={times.except}
          options={[['', texts.nothing], ...Object.entries(texts.exceptions)]}
        />
      </fieldset>
      <fieldset>
        <legend>{texts.digest}</legend>
        <ChoiceField
          label={texts.digest}
          name="settings/digest"
          hint={texts.digestHint}
          value={times.digest}
          options={Object.entries(texts.digests)}
        />
        <Field label={texts.daily} name="settings/digest/daily" type="time" value={times.daily} />
      </fieldset>
    </>
  );
}

/** Returns a function that reads the settings of entries, and throws what is wrong with them as a `ProblemError`. */
export function useSettingsOf(): (entries: Entries) => Settings {
  const texts = useTexts(SETTINGS_TEXTS);
  return (entries) => {
    const read = settingsOf(entries);
    if ('settings' in read) return read.settings;
    const errors = read.errors.map((one) => ({
      ...one,
      detail: texts.errors[one.detail] ?? one.detail,
    }));
    throw new ProblemError(400, { title: texts.invalid, errors });
  };
}
