//! A proposed policy: what differs from the one in force, its dry run, and putting it into force.

import { useAction } from '../api/action.ts';
import { api, type Versioned } from '../api/client.ts';
import { ConfirmButton } from '../elements/confirm.tsx';
import { type Difference, differences } from '../elements/difference.ts';
import { DifferenceTable } from '../elements/difference.tsx';
import { catalogue, useLanguage, useTexts } from '../language/language.tsx';
import { useMay } from '../session/session.tsx';
import type { PolicyDocument } from './policy-fields.ts';
import { countsOf } from './policy-run.ts';
import { type Trial, TrialSection, useTrial } from './policy-trial.tsx';
import { pathWords, valueWords } from './policy-words.ts';

const TEXTS = catalogue({
  et: {
    title: 'Ettepanek',
    differences: 'Mis muutub',
    same: 'Ettepanek on sama mis kehtivad reeglid.',
    moved:
      'Reegleid muudeti pärast seda, kui te ettepanekut alustasite. Allpool võrreldakse ettepanekut uute reeglitega: selle jõustamine võtaks vahepealse muudatuse tagasi.',
    put: 'Jõusta ettepanek',
    consequence:
      'Need väärtused muutuvad. Süsteem järgib uusi reegleid poole minuti jooksul; juba loetud vaatlusi ümber ei hinnata.',
    tried: (out: number, left: number) =>
      `Vestlusroboteid prooviarvutuse järgi: lisaks võetaks praegu välja ${out}, lisaks jäetaks võrku ${left}.`,
    partly: (tried: number) =>
      `Prooviarvutus ei ole lõpuni tehtud: läbi on vaadatud ${tried} vestlusrobotit.`,
    untried: 'Prooviarvutust ei ole tehtud: ei ole teada, mitut vestlusrobotit muudatus puudutab.',
  },
  en: {
    title: 'Proposal',
    differences: 'What changes',
    same: 'The proposal is the same as the policy in force.',
    moved:
      'The policy was changed after you began the proposal. Below, the proposal is compared with the new policy: putting it into force would undo the change made meanwhile.',
    put: 'Put into force',
    consequence:
      'These values change. The system follows the new policy within half a minute; observations that were counted are not judged again.',
    tried: (out: number, left: number) =>
      `Chatbots by the dry run: ${out} more would be taken out now, ${left} more would be left in.`,
    partly: (tried: number) => `The dry run is not complete: ${tried} chatbots were tried.`,
    untried: 'There was no dry run: it is not known how many chatbots the change affects.',
  },
});

interface Props {
  /** The policy in force. The change is made only if it still is. */
  current: Versioned<PolicyDocument>;
  /** The version that the proposal began with. */
  basedOn: string | undefined;
  proposal: PolicyDocument;
  /** Called when the proposal is in force. */
  onDone: () => void;
}

export function Proposal({ current, basedOn, proposal, onDone }: Props) {
  const texts = useTexts(TEXTS);
  const mayPut = useMay('admin', 'operator');
  const trial = useTrial(proposal);
  const put = useAction(
    async (etag: string | undefined) => {
      const header = etag === undefined ? {} : { 'If-Match': etag };
      return api.PUT('/policy', { params: { header }, body: proposal });
    },
    ['policy'],
  );
  const changes = differences(current.value, proposal);
  const moved = basedOn !== current.etag && (
    <p class="warning" role="alert">
      {texts.moved}
    </p>
  );
  return (
    <section class="card" aria-labelledby="proposal">
      <h2 id="proposal">{texts.title}</h2>
      {moved}
      {changes.length === 0 && <p role="status">{texts.same}</p>}
      {changes.length > 0 && (
        <>
          <h3>{texts.differences}</h3>
          <Changes changes={changes} />
          <TrialSection {...trial} />
          {mayPut && (
            <ConfirmButton
              action={texts.put}
              consequence={texts.consequence}
              onConfirm={async () => {
                await put.mutateAsync(current.etag);
                onDone();
              }}
            >
              {moved}
              <Changes changes={changes} />
              <TrialSummary trial={trial.trial} />
            </ConfirmButton>
          )}
        </>
      )}
    </section>
  );
}

function Changes({ changes }: { changes: Difference[] }) {
  const texts = useTexts(TEXTS);
  const { language } = useLanguage();
  return (
    <DifferenceTable
      caption={texts.differences}
      differences={changes}
      label={(path) => pathWords(path, language)}
      text={(path, value) => valueWords(path, value, language)}
    />
  );
}

/** Says how many chatbots change, or that nobody knows. */
function TrialSummary({ trial }: { trial: Trial }) {
  const texts = useTexts(TEXTS);
  const counts = countsOf(trial.results);
  if (trial.results.length === 0 && !trial.isDone) return <p class="warning">{texts.untried}</p>;
  return (
    <>
      <p>{texts.tried(counts['taken-out'], counts['left-in'])}</p>
      {!trial.isDone && <p class="warning">{texts.partly(trial.results.length)}</p>}
    </>
  );
}
