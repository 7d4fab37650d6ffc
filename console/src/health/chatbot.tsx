//! The health of a chatbot: why it has its status, and what its observers saw.

import type { Schemas } from '../api/client.ts';
import { useNow } from '../elements/moment.tsx';
import { StatusMark } from '../elements/status.tsx';
import { catalogue, useLanguage, useTexts } from '../language/language.tsx';
import { useMay } from '../session/session.tsx';
import { ControlForm } from './control.tsx';
import { Observers } from './observers.tsx';
import { ProbeNow } from './probe.tsx';
import { why } from './why.ts';

const TEXTS = catalogue({ et: { why: 'Miks' }, en: { why: 'Why' } });

export function ChatbotHealth({ health }: { health: Schemas['Health'] }) {
  const texts = useTexts(TEXTS);
  const { language } = useLanguage();
  const now = useNow();
  const mayControl = useMay('admin', 'operator');
  return (
    <>
      <section class="card" aria-labelledby="why">
        <h2 id="why">{texts.why}</h2>
        <p class="large">
          <StatusMark status={health.status} />
        </p>
        <p>{why(health, now, language).join(' ')}</p>
        {mayControl && <ProbeNow key={health.chatbot} health={health} />}
        {mayControl && <ControlForm health={health} />}
      </section>
      <Observers observers={health.observers} />
    </>
  );
}
