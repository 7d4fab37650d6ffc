//! The publication of a release: first how many chatbots it is an update for, then the publication itself.

import { useState } from 'preact/hooks';
import { useAction } from '../api/action.ts';
import { api, type Schemas } from '../api/client.ts';
import { ConfirmButton } from '../elements/confirm.tsx';
import { ChoiceField, type Entries, Field, Form, TextField } from '../elements/form.tsx';
import { catalogue, useTexts } from '../language/language.tsx';
import { SEVERITIES, type Severity } from './data.ts';
import { histogram, outdatedBy } from './rollout.ts';

const TEXTS = catalogue({
  et: {
    title: 'Avalda väljalase',
    component: 'Komponent',
    version: 'Versioon',
    versionHint: 'Semantiline versioon, näiteks 1.4.0 või 2.0.0-rc.1.',
    severity: 'Olulisus',
    notes: 'Märkused omanikele',
    check: 'Vaata, keda see puudutab',
    preview: (component: string, version: string) => `${component} ${version}`,
    outdated: (count: number, all: number) =>
      count === 1
        ? `See on uuendus 1 vestlusrobotile ${all}\u2011st.`
        : `See on uuendus ${count} vestlusrobotile ${all}\u2011st.`,
    publish: 'Avalda',
    consequence: (name: string, count: number) =>
      `${name} avaldatakse. Teavitatakse nende vestlusrobotite omanikke, mille jaoks see on uuendus: praegu ${count}. Sama versiooni ei saa teist korda avaldada; tagasi saab selle võtta administraator.`,
    done: (name: string) => `${name} on avaldatud.`,
  },
  en: {
    title: 'Publish a release',
    component: 'Component',
    version: 'Version',
    versionHint: 'A semantic version, such as 1.4.0 or 2.0.0-rc.1.',
    severity: 'Severity',
    notes: 'Notes for owners',
    check: 'See whom it concerns',
    preview: (component: string, version: string) => `${component} ${version}`,
    outdated: (count: number, all: number) => `It is an update for ${count} of ${all} chatbots.`,
    publish: 'Publish',
    consequence: (name: string, count: number) =>
      `${name} is published. The owners of the chatbots that it is an update for are notified: ${count} chatbots now. The same version cannot be published twice; an administrator can withdraw it.`,
    done: (name: string) => `${name} is published.`,
  },
});

/** The versions that the contract permits. The API decides. */
const VERSION = String.raw`\d+\.\d+\.\d+(-[0-9A-Za-z.\-]+)?([+][0-9A-Za-z.\-]+)?`;

interface Props {
  chatbots: Schemas['Chatbot'][];
  /** The component, if it is given. */
  component?: string;
}

export function Publish({ chatbots, component }: Props) {
  const texts = useTexts(TEXTS);
  const severities = useTexts(SEVERITIES);
  const [proposed, setProposed] = useState<Schemas['NewRelease']>();
  const [done, setDone] = useState<string>();
  const publish = useAction(
    (body: Schemas['NewRelease']) => api.POST('/releases', { body }),
    ['releases'],
  );
  const propose = (entries: Entries) => {
    setDone(undefined);
    setProposed({
      component: component ?? entries.component ?? '',
      version: entries.version ?? '',
      severity: (entries.severity ?? 'optional') as Severity,
      ...(entries.notes !== undefined && { notes: entries.notes }),
    });
  };
  return (
    <section class="card" aria-labelledby="publish">
      <h2 id="publish">{texts.title}</h2>
      <Form submit={texts.check} isPending={false} error={null} onSubmit={propose}>
        {component === undefined && (
          <Field label={texts.component} name="component" required pattern="[a-z0-9\-]{2,64}" />
        )}
        <Field
          label={texts.version}
          name="version"
          hint={texts.versionHint}
          required
          maxLength={64}
          pattern={VERSION}
        />
        <ChoiceField label={texts.severity} name="severity" options={Object.entries(severities)} />
        <TextField label={texts.notes} name="notes" maxLength={2000} />
      </Form>
      {done !== undefined && <p role="status">{texts.done(done)}</p>}
      {proposed !== undefined && (
        <Preview
          proposed={proposed}
          chatbots={chatbots}
          onPublish={async () => {
            await publish.mutateAsync(proposed);
            setDone(texts.preview(proposed.component, proposed.version));
            setProposed(undefined);
          }}
        />
      )}
    </section>
  );
}

interface PreviewProps {
  proposed: Schemas['NewRelease'];
  chatbots: Schemas['Chatbot'][];
  onPublish: () => Promise<void>;
}

function Preview({ proposed, chatbots, onPublish }: PreviewProps) {
  const texts = useTexts(TEXTS);
  const severities = useTexts(SEVERITIES);
  const { component, version, severity } = proposed;
  const name = `${texts.preview(component, version)} (${severities[severity]})`;
  const outdated = outdatedBy(version, histogram(component, chatbots, []));
  return (
    <div>
      <h3>{name}</h3>
      <p role="status">{texts.outdated(outdated, chatbots.length)}</p>
      <ConfirmButton
        action={texts.publish}
        consequence={texts.consequence(name, outdated)}
        onConfirm={onPublish}
      />
    </div>
  );
}
