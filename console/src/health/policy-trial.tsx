//! The dry run of a proposed policy, a page of chatbots at a time; it can be stopped and continued.

import { useEffect, useRef, useState } from 'preact/hooks';
import { Link } from 'wouter';
import { api, dataOf } from '../api/client.ts';
import { useNetwork } from '../chatbots/data.ts';
import { Moment } from '../elements/moment.tsx';
import { ProblemNotice } from '../elements/problem.tsx';
import { Table } from '../elements/table.tsx';
import { catalogue, useLanguage, useTexts } from '../language/language.tsx';
import type { PolicyDocument } from './policy-fields.ts';
import {
  changedBy,
  countsOf,
  type DryRunResult,
  type Effect,
  effectOf,
  effectWord,
  tripWords,
} from './policy-run.ts';

const TEXTS = catalogue({
  et: {
    title: 'Prooviarvutus',
    about:
      'Arvutab praeguste vaatluste põhjal, keda ettepanek oleks võrgust välja võtnud. Midagi ei muutu. Proovipäringute seadeid see ei proovi; muudetud vigade määratlus ja aeglase vastuse piir mõjuvad ainult uutele vaatlustele.',
    start: 'Arvuta',
    again: 'Arvuta uuesti',
    stop: 'Peata',
    resume: 'Jätka',
    progress: (tried: number, all: number | undefined) =>
      all === undefined
        ? `Läbi vaadatud ${tried} vestlusrobotit.`
        : `Läbi vaadatud ${tried} vestlusrobotit ${all}\u2011st.`,
    done: 'Kõik vestlusrobotid on läbi vaadatud.',
    effects: 'Mõju vestlusrobotite kaupa',
    effect: 'Mõju',
    count: 'Vestlusroboteid',
    changed: 'Vestlusrobotid, mille jaoks midagi muutub',
    noChange: 'Seni läbi vaadatud vestlusrobotite jaoks ei muutu midagi.',
    chatbot: 'Vestlusrobot',
    at: 'Millal',
    why: 'Miks',
  },
  en: {
    title: 'Dry run',
    about:
      'Calculates from the present observations which chatbots the proposal would have taken out. Nothing changes. It does not try the settings of probes; a changed definition of failures and a changed limit of slow responses affect only new observations.',
    start: 'Run',
    again: 'Run again',
    stop: 'Stop',
    resume: 'Continue',
    progress: (tried: number, all: number | undefined) =>
      all === undefined ? `${tried} chatbots tried.` : `${tried} of ${all} chatbots tried.`,
    done: 'All chatbots have been tried.',
    effects: 'Effects by number of chatbots',
    effect: 'Effect',
    count: 'Chatbots',
    changed: 'Chatbots for which something changes',
    noChange: 'Nothing changes for the chatbots that were tried so far.',
    chatbot: 'Chatbot',
    at: 'When',
    why: 'Why',
  },
});

const PAGE = 50;

/** How far the dry run of one document is. */
export interface Trial {
  results: DryRunResult[];
  /** The next page; none at the start and at the end. */
  next?: string;
  isDone: boolean;
  isRunning: boolean;
  error: Error | null;
}

const NOT_STARTED: Trial = { results: [], isDone: false, isRunning: false, error: null };

/**
 * Returns the dry run of `document`, which stays the same while the component lives: its state, and how to start, stop
 * and continue it.
 */
export function useTrial(document: PolicyDocument) {
  const [trial, setTrial] = useState<Trial>(NOT_STARTED);
  const abort = useRef<AbortController>(undefined);
  const stop = () => abort.current?.abort();
  useEffect(() => () => abort.current?.abort(), []);
  const run = async (from: Trial) => {
    const controller = new AbortController();
    abort.current = controller;
    const { signal } = controller;
    let state: Trial = { ...from, isRunning: true, error: null };
    setTrial(state);
    try {
      do {
        const query = { limit: PAGE, ...(state.next !== undefined && { cursor: state.next }) };
        const page = dataOf(
          await api.POST('/policy/dry-run', { params: { query }, body: document, signal }),
        );
        if (signal.aborted) break;
        const { next: _, ...rest } = state;
        const more = page.next === undefined ? { isDone: true } : { next: page.next };
        state = { ...rest, results: [...state.results, ...page.results], ...more };
        setTrial(state);
      } while (!state.isDone && !signal.aborted);
      state = { ...state, isRunning: false };
    } catch (error) {
      state = { ...state, isRunning: false, error: signal.aborted ? null : (error as Error) };
    }
    setTrial(state);
  };
  return { trial, start: () => run(NOT_STARTED), resume: () => run(trial), stop };
}

export function TrialSection({ trial, start, resume, stop }: ReturnType<typeof useTrial>) {
  const texts = useTexts(TEXTS);
  const network = useNetwork(true);
  const types = Object.values(network.data?.types ?? {});
  const all = network.data && types.reduce((sum, one) => sum + totalOf(one), 0);
  const tried = trial.results.length;
  const isStarted = trial.isRunning || trial.isDone || tried > 0;
  return (
    <section aria-labelledby="trial">
      <h3 id="trial">{texts.title}</h3>
      <p>{texts.about}</p>
      {trial.error !== null && <ProblemNotice error={trial.error} />}
      {isStarted && (
        <p role="status">
          {texts.progress(tried, all)} {trial.isDone && texts.done}
        </p>
      )}
      {trial.isRunning && (
        <p>
          <progress aria-label={texts.title} max={all ?? PAGE} value={tried} />
        </p>
      )}
      <p>
        {!trial.isRunning && (
          <button type="button" onClick={start}>
            {isStarted ? texts.again : texts.start}
          </button>
        )}{' '}
        {trial.isRunning && (
          <button type="button" onClick={stop}>
            {texts.stop}
          </button>
        )}
        {!trial.isRunning && !trial.isDone && tried > 0 && (
          <button type="button" onClick={resume}>
            {texts.resume}
          </button>
        )}
      </p>
      {tried > 0 && <Results results={trial.results} />}
    </section>
  );
}

function totalOf(counts: { unknown: number; online: number; offline: number; ejected: number }) {
  return counts.unknown + counts.online + counts.offline + counts.ejected;
}

function Results({ results }: { results: DryRunResult[] }) {
  const texts = useTexts(TEXTS);
  const { language } = useLanguage();
  const counts = countsOf(results);
  const changed = changedBy(results);
  const tripOf = (one: DryRunResult) => one.proposed ?? one.current;
  return (
    <>
      <Table
        caption={texts.effects}
        rows={Object.entries(counts) as [Effect, number][]}
        keyOf={([effect]) => effect}
        columns={[
          { head: texts.effect, cell: ([effect]) => effectWord(effect, language) },
          { head: texts.count, cell: ([, count]) => count },
        ]}
      />
      <h4>{texts.changed}</h4>
      {changed.length === 0 && <p>{texts.noChange}</p>}
      {changed.length > 0 && (
        <Table
          caption={texts.changed}
          rows={changed}
          keyOf={({ chatbot }) => chatbot}
          columns={[
            {
              head: texts.chatbot,
              cell: ({ chatbot }) => <Link href={`/chatbots/${chatbot}`}>{chatbot}</Link>,
            },
            { head: texts.effect, cell: (one) => effectWord(effectOf(one), language) },
            { head: texts.at, cell: (one) => <Moment at={tripOf(one)?.at ?? ''} /> },
            {
              head: texts.why,
              cell: (one) => {
                const trip = tripOf(one);
                return trip && tripWords(trip, language);
              },
            },
          ]}
        />
      )}
    </>
  );
}
