//! The way to sign in.

import { catalogue, useLanguage, useTexts } from '../language/language.tsx';
import { useTitle } from '../shell/title.ts';
import { markSignIn } from './sign-in-mark.ts';

const TEXTS = catalogue({
  et: {
    title: 'Logige sisse',
    explanation:
      'CentOps on Bürokrati võrgu keskne haldus. Sisse logitakse riigi autentimisteenusega (TARA).',
    action: 'Logi sisse TARA kaudu',
    failed: 'Sisselogimine ei õnnestunud',
    refused:
      'Te ei ole sisse logitud: sisselogimine katkestati, võttis üle viie minuti või lükati tagasi. Proovige uuesti.',
  },
  en: {
    title: 'Sign in',
    explanation:
      'CentOps is the central operations of the Bürokratt network. You sign in with the state’s authentication service (TARA).',
    action: 'Sign in with TARA',
    failed: 'Signing in failed',
    refused:
      'You are not signed in: signing in was cancelled, took more than five minutes, or was refused. Try again.',
  },
});

export function SignIn() {
  const texts = useTexts(TEXTS);
  const { language } = useLanguage();
  const isRefused = new URLSearchParams(location.search).get('login') === 'refused';
  useTitle(isRefused ? texts.failed : texts.title);
  const query = new URLSearchParams({
    language,
    return: isRefused ? '/' : location.pathname + location.search,
  });
  return (
    <>
      <h1>{texts.title}</h1>
      {isRefused && (
        <div class="notice" role="alert">
          <h2>{texts.failed}</h2>
          <p>{texts.refused}</p>
        </div>
      )}
      <p>{texts.explanation}</p>
      <p>
        <a
          class="button"
          href={`/api/session/login?${query}`}
          onClick={() => markSignIn()}
          // In another tab: by the middle button or the menu of the link.
          onAuxClick={() => markSignIn()}
          onContextMenu={() => markSignIn()}
        >
          {texts.action}
        </a>
      </p>
    </>
  );
}
