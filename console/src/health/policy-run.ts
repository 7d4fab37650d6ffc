//! The dry run of a proposed policy: what it would have done with the observations in the windows.

import type { Schemas } from '../api/client.ts';
import { catalogue, type Language } from '../language/language.tsx';
import { observerName } from './why.ts';

export type DryRunResult = Schemas['DryRunResult'];

/** What both policies would have done: taken the chatbot out, or left it in. */
export type Effect = 'taken-out' | 'left-in' | 'out-in-both' | 'in-in-both';

/** Returns what the proposal changes for a chatbot. */
export function effectOf({ current, proposed }: DryRunResult): Effect {
  if (proposed !== undefined) return current === undefined ? 'taken-out' : 'out-in-both';
  return current === undefined ? 'in-in-both' : 'left-in';
}

/** Returns the number of chatbots of each effect. */
export function countsOf(results: DryRunResult[]): Record<Effect, number> {
  const counts = { 'taken-out': 0, 'left-in': 0, 'out-in-both': 0, 'in-in-both': 0 };
  for (const result of results) counts[effectOf(result)] += 1;
  return counts;
}

/** Returns the chatbots for which the proposal changes something: those that it takes out first. */
export function changedBy(results: DryRunResult[]): DryRunResult[] {
  const of = (effect: Effect) => results.filter((one) => effectOf(one) === effect);
  return [...of('taken-out'), ...of('left-in')];
}

interface Texts {
  effects: Record<Effect, string>;
  detectors: Record<
    Schemas['Detector'],
    (observer: string, failed: number, slow: number, total: number) => string
  >;
}

const TEXTS = catalogue<Texts>({
  et: {
    effects: {
      'taken-out': 'Ettepanek võtaks välja',
      'left-in': 'Ettepanek jätaks võrku',
      'out-in-both': 'Mõlemad võtaksid välja',
      'in-in-both': 'Mõlemad jätaksid võrku',
    },
    detectors: {
      'failure-rate': (observer, failed, _, total) =>
        `${observer}: ${failed} päringut ${total}\u2011st ebaõnnestus.`,
      'slow-rate': (observer, _, slow, total) =>
        `${observer}: ${slow} päringut ${total}\u2011st oli aeglane.`,
      fast: (observer, failed, _, total) =>
        `${observer}: häire järjestikuste vigade tõttu (${failed} viga, ${total} päringut).`,
    },
  },
  en: {
    effects: {
      'taken-out': 'The proposal would take it out',
      'left-in': 'The proposal would leave it in',
      'out-in-both': 'Both would take it out',
      'in-in-both': 'Both would leave it in',
    },
    detectors: {
      'failure-rate': (observer, failed, _, total) =>
        `${observer}: ${failed} of ${total} requests failed.`,
      'slow-rate': (observer, _, slow, total) =>
        `${observer}: ${slow} of ${total} requests were slow.`,
      fast: (observer, failed, _, total) =>
        `${observer}: alarm because of failures in a row (${failed} failures, ${total} requests).`,
    },
  },
});

export function effectWord(effect: Effect, language: Language): string {
  return TEXTS[language].effects[effect];
}

/** Returns the reason why a policy would have taken the chatbot out. */
export function tripWords(trip: Schemas['Trip'], language: Language): string {
  const { detectors } = TEXTS[language];
  const words = trip.witnesses.map(({ observer, detector, failed, slow, total }) =>
    detectors[detector](observerName(observer, language), failed, slow, total),
  );
  return words.join(' ');
}
