//! A new subscription: whose notifications, where to, and which: `/subscriptions/new`.

import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'preact/hooks';
import { Link, useLocation, useSearch } from 'wouter';
import { api, dataOf, type Schemas } from '../api/client.ts';
import { FilterChoice } from '../elements/filter-choice.tsx';
import { type Entries, Field, Form } from '../elements/form.tsx';
import { useInstitutionOptions } from '../elements/institutions.ts';
import { catalogue, useTexts } from '../language/language.tsx';
import { useIsStaff, useMay, useSession } from '../session/session.tsx';
import { Page } from '../shell/page.tsx';
import { CoverageFields, coverageOf } from './coverage-fields.tsx';
import { DEFAULTS } from './settings.ts';
import { SettingsFields, useSettingsOf } from './settings-fields.tsx';
import { type Channel, WORDS } from './words.ts';

const TEXTS = catalogue({
  et: {
    title: 'Uus tellimus',
    back: 'Kõik tellimused',
    institution: 'Kelle teated',
    operations: 'Halduskeskus (kogu võrk)',
    none: 'Teil ei ole asutust, mille teateid tellida. Asutusi lisab teile administraator.',
    channel: 'Kanal',
    about: ({ address, confirmation }: { address: string; confirmation: string }) =>
      `Aadress on ${address}. Saaja kinnitab ${confirmation}.`,
    address: 'Aadress',
    addressHint: 'Sinna saadetakse teated alles siis, kui saaja on tellimuse kinnitanud.',
    settings: 'Mida ja millal saata',
    submit: 'Telli',
    created: 'Tellimus on loodud',
    secret: 'Veebihaagi saladus',
    once: 'Seda näidatakse ainult praegu. Selle abil kontrollib teie süsteem teadete allkirja. Kui see kaob, lõpetage tellimus ja tellige uuesti.',
    open: 'Ava tellimus',
    kept: 'Saladus on alles, ava tellimus',
  },
  en: {
    title: 'New subscription',
    back: 'All subscriptions',
    institution: 'Notifications of',
    operations: 'Operations centre (the whole network)',
    none: 'You have no institution to subscribe to. An administrator grants institutions.',
    channel: 'Channel',
    about: ({ address, confirmation }: { address: string; confirmation: string }) =>
      `The address is ${address}. The recipient confirms ${confirmation}.`,
    address: 'Address',
    addressHint: 'Notifications are sent there only after the recipient has confirmed.',
    settings: 'What to send, and when',
    submit: 'Subscribe',
    created: 'The subscription is created',
    secret: 'Secret of the webhook',
    once: 'It is shown only now. Your system verifies the signatures of messages with it. If it is lost, end the subscription and subscribe again.',
    open: 'Open the subscription',
    kept: 'I have kept the secret, open the subscription',
  },
});

type Created = Pick<Schemas['CreatedSubscription'], 'id' | 'secret'>;

export function NewSubscription() {
  const texts = useTexts(TEXTS);
  const isAdmin = useMay('admin');
  const [, navigate] = useLocation();
  const asked = new URLSearchParams(useSearch()).get('institution') ?? '';
  const institutions = useInstitutionOptions();
  const { institutions: own } = useSession();
  const hasNone = !useIsStaff() && own.length === 0;
  const first = isAdmin ? '' : (own[0] ?? institutions[0]?.[0] ?? '');
  const institution = asked === '' ? first : asked;
  const [created, setCreated] = useState<Created>();
  return (
    <Page title={created === undefined ? texts.title : texts.created}>
      {created !== undefined && <Result created={created} />}
      {created === undefined && (
        <>
          <p>
            <Link href="/subscriptions">{texts.back}</Link>
          </p>
          <form class="filter" onSubmit={(event) => event.preventDefault()}>
            <FilterChoice
              label={texts.institution}
              value={institution}
              options={institutions}
              any={isAdmin ? texts.operations : null}
              onChange={(id) =>
                navigate(`/subscriptions/new${id && `?institution=${encodeURIComponent(id)}`}`, {
                  replace: true,
                })
              }
            />
          </form>
          {hasNone && <p>{texts.none}</p>}
          {(isAdmin || institution !== '') && (
            <NewForm key={institution} institution={institution} onCreated={setCreated} />
          )}
        </>
      )}
    </Page>
  );
}

interface FormProps {
  /** The institution; empty for the operations centre. */
  institution: string;
  onCreated: (created: Created) => void;
}

function NewForm({ institution, onCreated }: FormProps) {
  const texts = useTexts(TEXTS);
  const client = useQueryClient();
  const settingsOf = useSettingsOf();
  const [error, setError] = useState<Error | null>(null);
  const [isPending, setIsPending] = useState(false);
  // Not a mutation: its cache would keep the secret, and addresses that are secrets themselves.
  const submit = async (entries: Entries) => {
    setError(null);
    setIsPending(true);
    try {
      const chatbots = coverageOf(entries);
      const body: Schemas['NewSubscription'] = {
        channel: entries.channel as Channel,
        address: entries.address ?? '',
        settings: settingsOf(entries),
        ...(institution !== '' && { institution }),
        ...(chatbots !== 'all' && { chatbots }),
      };
      const { id, secret } = dataOf(await api.POST('/subscriptions', { body }));
      onCreated({ id, ...(secret !== undefined && { secret }) });
      await client.invalidateQueries({ queryKey: ['subscriptions'] });
    } catch (refusal) {
      setError(refusal as Error);
      setIsPending(false);
    }
  };
  return (
    <Form submit={texts.submit} isPending={isPending} error={error} onSubmit={submit}>
      <Channels />
      <Field
        label={texts.address}
        name="address"
        hint={texts.addressHint}
        required
        maxLength={2048}
      />
      {institution !== '' && <CoverageFields institution={institution} />}
      <h2>{texts.settings}</h2>
      <SettingsFields settings={DEFAULTS} />
    </Form>
  );
}

function Channels() {
  const texts = useTexts(TEXTS);
  const { channels } = useTexts(WORDS);
  return (
    <fieldset>
      <legend>{texts.channel}</legend>
      {Object.entries(channels).map(([channel, words], at) => (
        <label key={channel}>
          <input type="radio" name="channel" value={channel} defaultChecked={at === 0} required />{' '}
          {words.name} <span class="quiet">{texts.about(words)}</span>
        </label>
      ))}
    </fieldset>
  );
}

/** The secret, which is not available again, before the way on. */
function Result({ created: { id, secret } }: { created: Created }) {
  const texts = useTexts(TEXTS);
  return (
    <>
      {secret !== undefined && (
        <section class="card" aria-labelledby="secret">
          <h2 id="secret">{texts.secret}</h2>
          <p>{texts.once}</p>
          <p>
            <code>{secret}</code>
          </p>
        </section>
      )}
      <p>
        <Link className="button" href={`/subscriptions/${id}`}>
          {secret === undefined ? texts.open : texts.kept}
        </Link>
      </p>
    </>
  );
}
