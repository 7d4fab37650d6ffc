//! The repeated announcement of events, after notifications were lost.

import { useState } from 'preact/hooks';
import { api, dataOf, type Schemas } from '../api/client.ts';
import { ConfirmButton } from '../elements/confirm.tsx';
import { type Entries, Field, Form } from '../elements/form.tsx';
import { instant, localTime } from '../elements/local-time.ts';
import { moment } from '../language/format.ts';
import { catalogue, useLanguage, useTexts } from '../language/language.tsx';

const TEXTS = catalogue({
  et: {
    title: 'Teavita sündmustest uuesti',
    about:
      'Kui teated läksid kaduma, saab ajavahemiku sündmused anda uuesti tellimustele, mida need puudutavad. Kes sündmusest juba teada sai, ei saa sellest uut teadet: seda teatakse 48 tundi, nii et varasematest sündmustest ei saa uuesti teavitada.',
    from: 'Alates',
    to: 'Kuni',
    check: 'Jätka',
    announce: 'Teavita uuesti',
    consequence: (from: string, to: string) =>
      `Ajavahemiku ${from} kuni ${to} sündmustest teavitatakse kõiki saajaid, kes neist veel ei tea. Sündmustest, millest ei olnud ette nähtud teavitada, ei teavitata ka nüüd.`,
    queued: (count: number) => `Järjekorda pandud sündmusi: ${count}.`,
    done: (count: number) => `Valmis. Järjekorda pandi ${count} sündmust.`,
  },
  en: {
    title: 'Announce events again',
    about:
      'After notifications were lost, the events of a span can be handed again to the subscriptions that they concern. Whoever was told of an event is not told again: that is known for 48 hours, so earlier events cannot be repeated.',
    from: 'From',
    to: 'Until',
    check: 'Continue',
    announce: 'Announce again',
    consequence: (from: string, to: string) =>
      `All recipients who do not know of the events from ${from} until ${to} yet are notified of them. Events of which nobody was to be notified are left out now, too.`,
    queued: (count: number) => `Events queued: ${count}.`,
    done: (count: number) => `Done. ${count} events were queued.`,
  },
});

const HOUR = 3_600_000;
/** The time for which it is known who was told. */
const MEMORY = 48 * HOUR;

/** The announcement of one span: how far it is. */
interface Progress extends Pick<Schemas['EventSpan'], 'from' | 'to' | 'cursor'> {
  queued: number;
  isDone: boolean;
}

export function Announcement() {
  const texts = useTexts(TEXTS);
  const { language } = useLanguage();
  const [progress, setProgress] = useState<Progress>();
  // The fields stay as they are while somebody reads them.
  const [now] = useState(() => new Date());
  const at = (text: string) => moment(new Date(text), now, language);
  const field = (ago: number) => localTime(new Date(now.getTime() - ago).toISOString());
  const propose = (entries: Entries) => {
    const [from, to] = [instant(entries.from), instant(entries.to)];
    if (from !== undefined && to !== undefined) {
      setProgress({ from, to, queued: 0, isDone: false });
    }
  };
  return (
    <section class="card" aria-labelledby="announcement">
      <h2 id="announcement">{texts.title}</h2>
      <p>{texts.about}</p>
      <Form submit={texts.check} isPending={false} error={null} onSubmit={propose}>
        <Field
          label={texts.from}
          name="from"
          type="datetime-local"
          required
          value={field(2 * HOUR)}
          min={field(MEMORY)}
        />
        <Field label={texts.to} name="to" type="datetime-local" required value={field(0)} />
      </Form>
      {progress?.isDone && <p role="status">{texts.done(progress.queued)}</p>}
      {progress !== undefined && !progress.isDone && (
        <>
          <p role="status">
            {texts.consequence(at(progress.from), at(progress.to))}{' '}
            {progress.queued > 0 && texts.queued(progress.queued)}
          </p>
          <ConfirmButton
            action={texts.announce}
            consequence={texts.consequence(at(progress.from), at(progress.to))}
            onConfirm={() => announce(progress, setProgress)}
          />
        </>
      )}
    </section>
  );
}

/** Announces the rest of a span, page by page. After a refusal it can be continued where it stopped. */
async function announce(from: Progress, onProgress: (progress: Progress) => void): Promise<void> {
  let progress = from;
  while (!progress.isDone) {
    const { queued, isDone: _, ...body } = progress;
    const { next, ...page } = dataOf(await api.POST('/events/announcement', { body }));
    progress = {
      from: progress.from,
      to: progress.to,
      queued: queued + page.queued,
      isDone: next === undefined,
      ...(next !== undefined && { cursor: next }),
    };
    onProgress(progress);
  }
}
