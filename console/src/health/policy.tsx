//! The policy: what is in force, a proposal, its dry run and its effect: `/policy`.

import { useQuery } from '@tanstack/react-query';
import { useState } from 'preact/hooks';
import { Link, useLocation, useSearch } from 'wouter';
import { every } from '../api/beat.ts';
import { api, type Versioned, versioned } from '../api/client.ts';
import { ReadState } from '../elements/read-state.tsx';
import { catalogue, useTexts } from '../language/language.tsx';
import { Freshness } from '../shell/freshness.tsx';
import { Page } from '../shell/page.tsx';
import type { PolicyDocument } from './policy-fields.ts';
import { PolicyForm } from './policy-form.tsx';
import { Proposal } from './policy-proposal.tsx';
import { PolicyTables } from './policy-table.tsx';

const TEXTS = catalogue({
  et: {
    title: 'Reeglid',
    about:
      'Nende väärtuste järgi otsustatakse, millal vestlusrobot võetakse võrgust välja ja millal ta on tagasi.',
    edit: 'Tee ettepanek ja proovi seda',
    back: 'Loobu ettepanekust',
    form: 'Ettepaneku väärtused',
    done: 'Ettepanek jõustus. Süsteem järgib seda poole minuti jooksul.',
  },
  en: {
    title: 'Policy',
    about: 'These values decide when a chatbot is taken out and when it is online again.',
    edit: 'Propose a change and try it',
    back: 'Discard the proposal',
    form: 'Values of the proposal',
    done: 'The proposal is in force. The system follows it within half a minute.',
  },
});

const SECONDS = 30;

/** A proposal, and the version that it began with. */
interface Begun {
  document: PolicyDocument;
  basedOn: string | undefined;
  /** Counts the proposals: each has a dry run of its own. */
  round: number;
}

export function PolicyPage() {
  const texts = useTexts(TEXTS);
  const isEditing = new URLSearchParams(useSearch()).has('edit');
  const policy = useQuery({
    queryKey: ['policy'],
    queryFn: async () => versioned(await api.GET('/policy')),
    refetchInterval: every(SECONDS),
  });
  const [isDone, setIsDone] = useState(false);
  return (
    <Page
      title={texts.title}
      aside={<Freshness readAt={policy.dataUpdatedAt} limit={4 * SECONDS} />}
    >
      <p>{texts.about}</p>
      <ReadState
        error={policy.error}
        onRetry={() => policy.refetch()}
        isRead={policy.data !== undefined}
      />
      {isDone && !isEditing && <p role="status">{texts.done}</p>}
      {policy.data !== undefined && !isEditing && (
        <>
          <p>
            <Link className="button" href="/policy?edit" onClick={() => setIsDone(false)}>
              {texts.edit}
            </Link>
          </p>
          <PolicyTables document={policy.data.value} />
        </>
      )}
      {policy.data !== undefined && isEditing && (
        <Editing current={policy.data} onDone={() => setIsDone(true)} />
      )}
    </Page>
  );
}

interface EditingProps {
  current: Versioned<PolicyDocument>;
  onDone: () => void;
}

function Editing({ current, onDone }: EditingProps) {
  const texts = useTexts(TEXTS);
  const [, navigate] = useLocation();
  // The fields keep what they showed at first, whatever is read meanwhile.
  const [start] = useState(current);
  const [begun, setBegun] = useState<Begun>();
  const propose = (document: PolicyDocument) =>
    setBegun({ document, basedOn: start.etag, round: (begun?.round ?? 0) + 1 });
  const finish = () => {
    onDone();
    navigate('/policy');
  };
  return (
    <>
      <p>
        <Link href="/policy">{texts.back}</Link>
      </p>
      <section aria-labelledby="form">
        <h2 id="form">{texts.form}</h2>
        <PolicyForm document={start.value} onPropose={propose} />
      </section>
      {begun !== undefined && (
        <Proposal
          key={begun.round}
          current={current}
          basedOn={begun.basedOn}
          proposal={begun.document}
          onDone={finish}
        />
      )}
    </>
  );
}
