//! One record of the audit trail: who, what, about whom, and what changed.

import { useState } from 'preact/hooks';
import { Link } from 'wouter';
import { differences, textOf } from '../elements/difference.ts';
import { DifferenceTable } from '../elements/difference.tsx';
import { Moment } from '../elements/moment.tsx';
import { catalogue, useTexts } from '../language/language.tsx';
import { AUDIT_WORDS, type AuditRecord } from './words.ts';

const TEXTS = catalogue({
  et: {
    at: 'Aeg',
    by: 'Kes',
    outcome: 'Tulemus',
    chatbot: 'Vestlusrobot',
    institution: 'Asutus',
    reason: 'Põhjus',
    request: 'Päringu tunnus',
    copy: 'Kopeeri',
    copied: 'Kopeeritud',
    notCopied: 'Kopeerimine ei õnnestunud',
    changes: (count: number) => (count === 1 ? '1 muutus' : `${count} muutust`),
    trail: 'Näita tema kirjeid',
  },
  en: {
    at: 'Time',
    by: 'Who',
    outcome: 'Outcome',
    chatbot: 'Chatbot',
    institution: 'Institution',
    reason: 'Reason',
    request: 'Request id',
    copy: 'Copy',
    copied: 'Copied',
    notCopied: 'It could not be copied',
    changes: (count: number) => (count === 1 ? '1 change' : `${count} changes`),
    trail: 'Show the records of this person',
  },
});

interface Props {
  record: AuditRecord;
  /** Shows the records of a person. */
  onPerson: (name: string) => void;
}

export function RecordCard({ record, onPerson }: Props) {
  const texts = useTexts(TEXTS);
  const words = useTexts(AUDIT_WORDS);
  const { operation, at, by, outcome, chatbot, institution, reason, request } = record;
  const changes = differences(record.before, record.after);
  return (
    <article class="card">
      <h3>
        <code>{operation}</code>
      </h3>
      <dl>
        <dt>{texts.at}</dt>
        <dd>
          <Moment at={at} />
        </dd>
        <dt>{texts.by}</dt>
        <dd>
          {words.actors[by.kind]} {textOf(by.name)}
          {by.kind === 'person' && (
            <>
              {' '}
              <button type="button" onClick={() => onPerson(by.name)}>
                {texts.trail}
              </button>
            </>
          )}
        </dd>
        <dt>{texts.outcome}</dt>
        <dd>
          {outcome === 'refused' ? (
            <strong class="warning">{words.outcomes[outcome]}</strong>
          ) : (
            words.outcomes[outcome]
          )}
        </dd>
        {chatbot !== undefined && (
          <>
            <dt>{texts.chatbot}</dt>
            <dd>
              <Link href={`/chatbots/${chatbot}`}>{chatbot}</Link>
            </dd>
          </>
        )}
        {institution !== undefined && (
          <>
            <dt>{texts.institution}</dt>
            <dd>{institution}</dd>
          </>
        )}
        {reason !== undefined && (
          <>
            <dt>{texts.reason}</dt>
            <dd>{textOf(reason)}</dd>
          </>
        )}
        <dt>{texts.request}</dt>
        <dd>
          <RequestId id={request} />
        </dd>
      </dl>
      {changes.length > 0 && (
        <details>
          <summary>{texts.changes(changes.length)}</summary>
          <DifferenceTable caption={texts.changes(changes.length)} differences={changes} />
        </details>
      )}
    </article>
  );
}

function RequestId({ id }: { id: string }) {
  const texts = useTexts(TEXTS);
  const [result, setResult] = useState('');
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(id);
      setResult(texts.copied);
    } catch {
      setResult(texts.notCopied);
    }
  };
  return (
    <>
      <code>{id}</code>{' '}
      <button type="button" aria-label={`${texts.copy}: ${texts.request} ${id}`} onClick={copy}>
        {texts.copy}
      </button>{' '}
      <span role="status">{result}</span>
    </>
  );
}
