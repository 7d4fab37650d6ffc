//! The probe of a chatbot at once, instead of at its next time.

import { useAction } from '../api/action.ts';
import { api, dataOf, type Schemas } from '../api/client.ts';
import { ProblemError } from '../api/problem.ts';
import { Done } from '../elements/done.tsx';
import { useNow } from '../elements/moment.tsx';
import { ProblemNotice } from '../elements/problem.tsx';
import { moment } from '../language/format.ts';
import { catalogue, useLanguage, useTexts } from '../language/language.tsx';

const TEXTS = catalogue({
  et: {
    probe: 'Proovi kohe',
    due: (at: string) => `Proovipäring tehakse kell ${at} või mõni sekund hiljem.`,
    nothing:
      'Midagi ei ole proovida: vestlusrobot on võrgus ja kahtlust ei ole, või tema olek on määratud käsitsi.',
  },
  en: {
    probe: 'Probe now',
    due: (at: string) => `The probe is due at ${at}, and follows within some seconds.`,
    nothing:
      'There is nothing to probe: the chatbot is online without a doubt, or its status is overridden.',
  },
});

type Facts = Pick<Schemas['Health'], 'status' | 'check' | 'pending' | 'control'>;

/** True if there is something to probe: no route, a doubt or a pending address; not during an override. */
export function isProbeable({ status, check, pending, control }: Facts): boolean {
  return control === undefined && (status !== 'Online' || (check ?? pending) !== undefined);
}

export function ProbeNow({ health }: { health: Schemas['Health'] }) {
  const texts = useTexts(TEXTS);
  const { language } = useLanguage();
  const now = useNow();
  const path = { name: health.chatbot };
  const probe = useAction(
    async () => dataOf(await api.POST('/chatbots/{name}/probe', { params: { path } })),
    ['chatbot', health.chatbot, 'health'],
  );
  const isOffered = isProbeable(health);
  const isNothing = probe.error instanceof ProblemError && probe.error.status === 409;
  // What was said of an earlier state is over with it.
  const due = isOffered ? probe.data?.due : undefined;
  const done = due === undefined ? '' : texts.due(moment(new Date(due), now, language, true));
  return (
    <>
      {probe.error !== null && !isNothing && <ProblemNotice error={probe.error} />}
      {isOffered && (
        <p>
          <button type="button" disabled={probe.isPending} onClick={() => probe.mutate()}>
            {texts.probe}
          </button>
        </p>
      )}
      <Done text={isNothing ? texts.nothing : done} />
    </>
  );
}
