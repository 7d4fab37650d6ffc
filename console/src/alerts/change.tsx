//! The change of a subscription: its settings, and the chatbots that it covers.

import { useState } from 'preact/hooks';
import { useAction } from '../api/action.ts';
import { api, type Schemas, type Versioned, versioned } from '../api/client.ts';
import { isSame } from '../elements/difference.ts';
import { type Entries, Form } from '../elements/form.tsx';
import { catalogue, useTexts } from '../language/language.tsx';
import { ifMatch } from './actions.tsx';
import { CoverageFields, coverageOf } from './coverage-fields.tsx';
import { SettingsFields, useSettingsOf } from './settings-fields.tsx';
import type { Subscription } from './words.ts';

const TEXTS = catalogue({
  et: {
    title: 'Mida ja millal saadetakse',
    open: 'Vaata ja muuda seadeid',
    save: 'Salvesta',
    saved: 'Seaded on salvestatud.',
  },
  en: {
    title: 'What is sent, and when',
    open: 'See and change the settings',
    save: 'Save',
    saved: 'The settings are saved.',
  },
});

export function Change({ subscription }: { subscription: Versioned<Subscription> }) {
  const texts = useTexts(TEXTS);
  const settingsOf = useSettingsOf();
  // The fields keep what they showed at first, and so does the version that the change is based on.
  const [start, setStart] = useState(subscription);
  const [invalid, setInvalid] = useState<Error | null>(null);
  const { id, coverage, settings } = start.value;
  const isOld = start.etag !== subscription.etag;
  // A pause or a resumption since then is no reason to refuse the change.
  const isElsewhere =
    isSame(settings, subscription.value.settings) && isSame(coverage, subscription.value.coverage);
  const etag = isElsewhere ? subscription.etag : start.etag;
  const change = useAction(
    async (body: Schemas['SubscriptionChange']) =>
      versioned(
        await api.PATCH('/subscriptions/{subscription}', {
          params: { path: { subscription: id }, header: ifMatch(etag) },
          body,
        }),
      ),
    ['subscription', id],
    ['subscriptions'],
  );
  const submit = (entries: Entries) => {
    setInvalid(null);
    try {
      const chatbots = coverage.type !== 'operations' && { chatbots: coverageOf(entries) };
      change.mutate({ settings: settingsOf(entries), ...chatbots }, { onSuccess: setStart });
    } catch (error) {
      setInvalid(error as Error);
    }
  };
  return (
    <section class="card" aria-labelledby="settings">
      <h2 id="settings">{texts.title}</h2>
      {change.isSuccess && <p role="status">{texts.saved}</p>}
      {/* Opened again, the fields show what was read last. */}
      <details onToggle={(event) => event.currentTarget.open && isOld && setStart(subscription)}>
        <summary>{texts.open}</summary>
        <Form
          key={start.etag}
          submit={texts.save}
          isPending={change.isPending}
          error={invalid ?? change.error}
          onSubmit={submit}
        >
          {coverage.institution !== undefined && (
            <CoverageFields
              institution={coverage.institution}
              chosen={coverage.chatbots?.map(({ name }) => name)}
            />
          )}
          <SettingsFields settings={settings} />
        </Form>
      </details>
    </section>
  );
}
