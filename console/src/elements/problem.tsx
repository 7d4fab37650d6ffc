//! A request that was refused or got no answer, as the reader can act upon it.

import { ProblemError } from '../api/problem.ts';
import { catalogue, useTexts } from '../language/language.tsx';

interface Texts {
  unreachable: string;
  busy: string;
  failed: string;
  forbidden: string;
  missing: string;
  signedOut: string;
  changed: string;
  request: string;
  again: string;
}

const TEXTS = catalogue<Texts>({
  et: {
    unreachable: 'Teenus ei vasta. Näidatakse viimaseid teadaolevaid andmeid.',
    busy: 'Päringuid on liiga palju. Proovige mõne hetke pärast uuesti.',
    failed: 'Teenuses tekkis viga.',
    forbidden: 'Teie rollil ei ole selleks õigust. Õigusi annab administraator lehel „Inimesed“.',
    missing: 'Sellist kirjet ei ole.',
    signedOut: 'Seanss on lõppenud. Logige uuesti sisse.',
    changed: 'Keegi muutis seda vahepeal. Laadige leht uuesti ja võrrelge.',
    request: 'Päringu tunnus',
    again: 'Proovi uuesti',
  },
  en: {
    unreachable: 'The service does not answer. The last known data are shown.',
    busy: 'There are too many requests. Try again in a moment.',
    failed: 'The service failed.',
    forbidden:
      'Your role does not permit this. An administrator grants roles on the page “People”.',
    missing: 'There is no such record.',
    signedOut: 'The session has ended. Sign in again.',
    changed: 'Somebody changed it meanwhile. Load the page again and compare.',
    request: 'Request id',
    again: 'Try again',
  },
});

function explanation(problem: ProblemError, texts: Texts): string {
  switch (problem.status) {
    case 0:
      return texts.unreachable;
    case 401:
      return texts.signedOut;
    case 403:
      return texts.forbidden;
    case 404:
      return texts.missing;
    case 412:
      return texts.changed;
    case 429:
      return texts.busy;
    default:
      return problem.status >= 500 ? texts.failed : problem.title;
  }
}

export function ProblemNotice({ error, onRetry }: { error: Error; onRetry?: () => void }) {
  const texts = useTexts(TEXTS);
  const problem = error instanceof ProblemError ? error : ProblemError.ofNetwork(error);
  return (
    <div class="notice notice-problem" role="alert">
      <p>{explanation(problem, texts)}</p>
      {problem.detail !== undefined && <p>{problem.detail}</p>}
      {problem.errors.length > 0 && (
        <ul>
          {problem.errors.map((one) => (
            <li key={one.pointer}>
              <code>{one.pointer}</code> {one.detail}
            </li>
          ))}
        </ul>
      )}
      {problem.instance !== undefined && (
        <p class="quiet">
          {texts.request}: <code>{problem.instance}</code>
        </p>
      )}
      {onRetry !== undefined && (
        <button type="button" onClick={onRetry}>
          {texts.again}
        </button>
      )}
    </div>
  );
}
