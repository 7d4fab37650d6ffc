//! The reason why a chatbot has its status, in words. It repeats what the API says and computes no status.

import type { Schemas } from '../api/client.ts';
import { duration, list, moment } from '../language/format.ts';
import { catalogue, type Language } from '../language/language.tsx';

/** What the sentences are made of: the health of a chatbot, or what a list has of it. */
export type Facts = Pick<Schemas['Health'], 'status' | 'since'> &
  Partial<Pick<Schemas['Health'], 'circuit' | 'nextProbe' | 'check' | 'pending'>> &
  Pick<Schemas['Chatbot'], 'cause' | 'held' | 'control' | 'flappingSince'>;

type CheckReason = Schemas['CheckReason'];
type Detector = Schemas['Detector'];
type Mode = Schemas['ControlMode'];
type Status = Schemas['Status'];
type Cause = Schemas['CauseSummary'];
type Witness = Schemas['TripWitness'];

interface Texts {
  status: Record<Status, string>;
  since: (status: string, at: string, length: string) => string;
  enrolled: string;
  failing: (observers: number) => string;
  unanswered: string;
  unansweredAfter: Record<CheckReason, string>;
  forced: (reason: string | undefined) => string;
  witness: Record<Detector, (observer: string, failed: number, total: number) => string>;
  ownLog: (failed: number) => string;
  own: string;
  held: Record<'cap' | 'dry-run', string>;
  check: Record<CheckReason, (due: string) => string>;
  control: Record<Mode, string>;
  controlled: (mode: string, since: string, until: string | undefined, reason: string) => string;
  flapping: (since: string) => string;
  probing: string;
  nextProbe: (at: string) => string;
  pending: (uri: string, failed: number) => string;
}

const TEXTS = catalogue<Texts>({
  et: {
    status: { Online: 'Võrgus', Offline: 'Võrgust väljas', Unknown: 'Teadmata' },
    since: (status, at, length) => `${status} alates ${at} (${length}).`,
    enrolled: 'Vestlusrobot ei ole veel ühelegi proovipäringule vastanud.',
    failing: (observers) =>
      observers === 1 ? 'Üks vaatleja nägi vigu.' : `${observers} vaatlejat nägid vigu.`,
    unanswered: 'Vestlusrobot ei vastanud proovipäringutele.',
    unansweredAfter: {
      silence: 'Vaatlejad jäid vait ja vestlusrobot ei vastanud proovipäringutele.',
      disagreement: 'Vaatlejad olid eri meelt ja vestlusrobot ei vastanud proovipäringutele.',
      'own-log': 'Vestlusrobot teatas ise vigadest ega vastanud proovipäringutele.',
    },
    forced: (reason) => `Inimene võttis ta võrgust välja${reason ? `: ${reason}` : ''}.`,
    witness: {
      'failure-rate': (observer, failed, total) =>
        `${observer}: ${failed} päringut ${total}\u2011st ebaõnnestus.`,
      'slow-rate': (observer, slow, total) =>
        `${observer}: ${slow} päringut ${total}\u2011st oli aeglane.`,
      fast: (observer, failed, total) =>
        `${observer}: ${failed} päringut ${total}\u2011st ebaõnnestus järjest.`,
    },
    ownLog: (failed) => `Vestlusrobot ise: ${failed} viga.`,
    own: 'vestlusrobot ise',
    held: {
      cap: 'Ta tõrgub, kuid jääb võrku: rohkem vestlusroboteid automaatselt välja ei võeta.',
      'dry-run': 'Ta tõrgub, kuid jääb võrku: reegleid alles proovitakse.',
    },
    check: {
      silence: (due) => `Vaatlejad on vait: teda proovitakse ${due}.`,
      disagreement: (due) => `Vaatlejad on eri meelt: teda proovitakse ${due}.`,
      'own-log': (due) => `Ta teatas ise vigadest: teda proovitakse ${due}.`,
    },
    control: {
      'force-online': 'Sunnitud võrku',
      'force-offline': 'Sunnitud võrgust välja',
      hold: 'Olek on külmutatud',
    },
    controlled: (mode, since, until, reason) =>
      `${mode} alates ${since}${until ? ` kuni ${until}` : ', lõpuajata'}: ${reason}`,
    flapping: (since) => `Käib alates ${since} üha võrgus ja väljas.`,
    probing: 'Teda proovitakse praegu.',
    nextProbe: (at) => `Järgmine proovipäring ${at}.`,
    pending: (uri, failed) =>
      `Kolib aadressile ${uri}, kui see proovipäringutele vastab${failed ? ` (seni ${failed} luhtus)` : ''}.`,
  },
  en: {
    status: { Online: 'Online', Offline: 'Offline', Unknown: 'Unknown' },
    since: (status, at, length) => `${status} since ${at} (${length}).`,
    enrolled: 'It has not answered a probe yet.',
    failing: (observers) =>
      observers === 1 ? '1 observer saw failures.' : `${observers} observers saw failures.`,
    unanswered: 'It did not answer its probes.',
    unansweredAfter: {
      silence: 'Its observers stopped reporting, and it did not answer its probes.',
      disagreement: 'Its observers disagreed, and it did not answer its probes.',
      'own-log': 'It reported errors of its own, and did not answer its probes.',
    },
    forced: (reason) => `A person took it offline${reason ? `: ${reason}` : ''}.`,
    witness: {
      'failure-rate': (observer, failed, total) =>
        `${observer}: ${failed} of ${total} requests failed.`,
      'slow-rate': (observer, slow, total) =>
        `${observer}: ${slow} of ${total} requests were slow.`,
      fast: (observer, failed, total) =>
        `${observer}: ${failed} of ${total} requests failed in a row.`,
    },
    ownLog: (failed) => `The chatbot itself: ${failed} ${failed === 1 ? 'error' : 'errors'}.`,
    own: 'the chatbot itself',
    held: {
      cap: 'It fails and stays online: no more chatbots are taken out automatically.',
      'dry-run': 'It fails and stays online: the policy is a dry run.',
    },
    check: {
      silence: (due) => `Its observers stopped reporting: it is probed at ${due}.`,
      disagreement: (due) => `Its observers disagree: it is probed at ${due}.`,
      'own-log': (due) => `It reported errors of its own: it is probed at ${due}.`,
    },
    control: { 'force-online': 'Forced online', 'force-offline': 'Forced offline', hold: 'Frozen' },
    controlled: (mode, since, until, reason) =>
      `${mode} since ${since}${until ? ` until ${until}` : ', without an end'}: ${reason}`,
    flapping: (since) => `It has gone up and down since ${since}.`,
    probing: 'It is being probed now.',
    nextProbe: (at) => `Next probe at ${at}.`,
    pending: (uri, failed) =>
      `It moves to ${uri} when that answers its probes${failed ? ` (${failed} failed so far)` : ''}.`,
  },
});

/** Returns the status as a word. */
export function statusWord(status: Status, language: Language): string {
  return TEXTS[language].status[status];
}

/** Returns an observer as a word: the name of its DMR, or the chatbot itself. */
export function observerName(observer: string, language: Language): string {
  return observer === 'chatbot' ? TEXTS[language].own : observer.replace(/^dmr:/, '');
}

/** Returns the mode of an override as words. */
export function modeWord(mode: Mode, language: Language): string {
  return TEXTS[language].control[mode];
}

/** Returns the sentences that say why a chatbot has its status, the most important first. */
export function why(facts: Facts, now: Date, language: Language): string[] {
  const texts = TEXTS[language];
  const at = (text: string) => moment(new Date(text), now, language);
  const length = (now.getTime() - new Date(facts.since).getTime()) / 1000;
  const sentences = [
    texts.since(texts.status[facts.status], at(facts.since), duration(length, language)),
  ];
  if (facts.cause !== undefined && !isOverride(facts))
    sentences.push(...cause(facts.cause, language));
  if (facts.held !== undefined) sentences.push(texts.held[facts.held]);
  if (facts.control !== undefined) sentences.push(controlled(facts.control, now, language));
  if (facts.check !== undefined)
    sentences.push(texts.check[facts.check.reason](at(facts.check.due)));
  if (facts.flappingSince !== undefined) sentences.push(texts.flapping(at(facts.flappingSince)));
  if (facts.pending !== undefined)
    sentences.push(texts.pending(facts.pending.uri, facts.pending.failedProbes));
  if (facts.circuit === 'half-open') sentences.push(texts.probing);
  else if (facts.nextProbe !== undefined) sentences.push(texts.nextProbe(at(facts.nextProbe)));
  return sentences;
}

/** True if the override says all that the cause does: it is the same one. */
function isOverride({ cause, control }: Facts): boolean {
  return (
    cause?.kind === 'forced' && control?.mode === 'force-offline' && control.reason === cause.reason
  );
}

function cause(of: Cause, language: Language): string[] {
  const texts = TEXTS[language];
  switch (of.kind) {
    case 'enrolled':
      return [texts.enrolled];
    case 'failing': {
      const witnesses = of.witnesses ?? [];
      return [texts.failing(witnesses.length), ...witnesses.map((one) => witness(one, language))];
    }
    case 'unanswered':
      return [
        of.checkReason === undefined ? texts.unanswered : texts.unansweredAfter[of.checkReason],
      ];
    case 'forced':
      return [texts.forced(of.reason)];
  }
}

function witness(of: Witness, language: Language): string {
  const texts = TEXTS[language];
  if (of.observer === 'chatbot') return texts.ownLog(of.failed);
  const failed = of.detector === 'slow-rate' ? of.slow : of.failed;
  return texts.witness[of.detector](observerName(of.observer, language), failed, of.total);
}

/** Returns what an override does, since when and until when, and its reason. */
export function controlled(
  control: Schemas['ControlSummary'],
  now: Date,
  language: Language,
): string {
  const texts = TEXTS[language];
  const at = (text: string) => moment(new Date(text), now, language);
  const until = control.until === undefined ? undefined : at(control.until);
  return texts.controlled(texts.control[control.mode], at(control.since), until, control.reason);
}

/** Returns the observers that saw the failures, in a sentence: "tallinn and the chatbot itself". */
export function witnesses(of: Cause, language: Language): string {
  return list(
    (of.witnesses ?? []).map((one) => observerName(one.observer, language)),
    language,
  );
}
