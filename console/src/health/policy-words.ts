//! The values of a policy in words: a name and one sentence each, and values with their units.

import { duration, number } from '../language/format.ts';
import { catalogue, type Language } from '../language/language.tsx';
import { FIELDS, type Group, type PolicyPath } from './policy-fields.ts';

interface Words {
  groups: Record<Group, string>;
  /** The name of each value, and what it does. */
  values: Record<PolicyPath, [string, string]>;
  yes: string;
  no: string;
  none: string;
  milliseconds: string;
}

export const POLICY_WORDS = catalogue<Words>({
  et: {
    groups: {
      window: 'Vaatlusaken',
      failures: 'Mis on viga',
      rate: 'Osakaalu detektor',
      fast: 'Kiire detektor',
      quorum: 'Kvoorum',
      cap: 'Lagi',
      open: 'Ooteaeg proovipäringute vahel',
      probe: 'Proovipäring',
      recovery: 'Rangemad piirid pärast taastumist',
      silence: 'Vaikivad vaatlejad',
      dryRun: 'Proovirežiim',
    },
    values: {
      'window/bucketSeconds': ['Lõigu pikkus', 'Nii pikkadeks lõikudeks jaguneb vaatlusaken.'],
      'window/buckets': [
        'Lõikude arv',
        'Aknas on nii mitu viimast lõiku, iga vaatleja kohta eraldi.',
      ],
      'failures/codes': [
        'Vastuskoodid',
        'Need HTTP vastused on vead: klass (5xx), kood (503), timeout või connection.',
      ],
      'failures/levels': ['Logitasemed', 'Nende tasemetega logikirjed on vead.'],
      'rate/minimum': [
        'Vähim vaatluste arv',
        'Väiksema arvu vaatluste põhjal detektor ei otsusta.',
      ],
      'rate/failurePercent': [
        'Vigade osakaal',
        'Sellest osakaalust alates tõrgub vestlusrobot vaatleja arvates.',
      ],
      'rate/slowMillis': ['Aeglase vastuse piir', 'Nii kaua kestnud vastus on aeglane.'],
      'rate/slowPercent': [
        'Aeglaste vastuste osakaal',
        'Sellest osakaalust alates tõrgub vestlusrobot vaatleja arvates.',
      ],
      'fast/threshold': [
        'Häire lävi',
        'Detektor annab häire, kui skoor jõuab läveni: nii mitu järjestikust viga on piisav.',
      ],
      'fast/recovery': ['Skoori vähenemine', 'Iga veata vastus vähendab skoori nii palju.'],
      quorum: [
        'Vaatlejate arv',
        'Nii mitu vaatlejat peab vigu nägema, enne kui vestlusrobot võrgust välja võetakse.',
      ],
      'cap/percent': [
        'Suurim osakaal',
        'Automaatselt võetakse välja kõige rohkem see osa ühte liiki vestlusrobotitest.',
      ],
      'cap/resumePercent': [
        'Osakaal, millest jätkatakse',
        'Kui lagi täitus, ei võeta kedagi välja, enne kui väljas on kõige rohkem see osa.',
      ],
      'open/baseSeconds': [
        'Esimene ooteaeg',
        'Nii kaua pärast väljavõtmist tuleb esimene proovipäring.',
      ],
      'open/growthPercent': [
        'Kasv',
        'Iga luhtunud proovi järel korrutatakse ooteaeg sellega: 200% kahekordistab.',
      ],
      'open/capSeconds': ['Pikim ooteaeg', 'Ooteaeg ei kasva sellest pikemaks.'],
      'open/jitterPercent': [
        'Juhuslik hajutus',
        'Ooteaega lühendatakse juhuslikult kuni selle osa võrra, et proovid ei langeks kokku.',
      ],
      'probe/path': ['Tee', 'Vestlusroboti aadressi tee, millele päring saadetakse.'],
      'probe/method': ['Meetod', 'Päringu HTTP meetod.'],
      'probe/expect': ['Oodatavad koodid', 'Nende vastustega on proov õnnestunud.'],
      'probe/timeoutSeconds': ['Vastuse ooteaeg', 'Nii kaua oodatakse vastust.'],
      'probe/successes': [
        'Õnnestunud proove järjest',
        'Nii mitme õnnestunud proovi järel on vestlusrobot taas võrgus.',
      ],
      'probe/spacingSeconds': [
        'Paus proovide vahel',
        'Nii kaua oodatakse kahe järjestikuse proovi vahel.',
      ],
      'probe/mostInFlight': [
        'Proovijaid korraga',
        'Nii mitu proovijat tohib vestlusrobotit korraga proovida.',
      ],
      'probe/leaseSeconds': [
        'Prooviõiguse kestus',
        'Selle aja möödudes võib proovimise üle võtta teine proovija.',
      ],
      'recovery/seconds': ['Kestus', 'Nii kaua pärast taastumist kehtivad rangemad piirid.'],
      'recovery/minimum': [
        'Vähim vaatluste arv',
        'Osakaalu detektori vähim vaatluste arv sel ajal.',
      ],
      'recovery/failurePercent': ['Vigade osakaal', 'Osakaalu detektori vigade osakaal sel ajal.'],
      'recovery/threshold': ['Häire lävi', 'Kiire detektori lävi sel ajal.'],
      'silence/intervals': [
        'Vahemike arv',
        'Vaatleja on vait, kui ta ei ole teatanud nii mitme oma tavalise vahemiku jooksul.',
      ],
      'silence/shortestSeconds': [
        'Lühim vahemik',
        'Tavaliseks vahemikuks loetakse vähemalt nii palju.',
      ],
      'silence/longestSeconds': ['Pikim vaikus', 'Nii pika aja järel on vaatleja igal juhul vait.'],
      dryRun: [
        'Ainult teatada',
        'Kui see on sees, siis süsteem teatab, mida ta teeks, kuid ei võta kedagi välja.',
      ],
    },
    yes: 'jah',
    no: 'ei',
    none: 'mitte ükski',
    milliseconds: 'ms',
  },
  en: {
    groups: {
      window: 'Window of observations',
      failures: 'What counts as a failure',
      rate: 'Rate detector',
      fast: 'Fast detector',
      quorum: 'Quorum',
      cap: 'Cap',
      open: 'Wait between probes',
      probe: 'Probe',
      recovery: 'Stricter limits after a recovery',
      silence: 'Silent observers',
      dryRun: 'Dry run',
    },
    values: {
      'window/bucketSeconds': [
        'Length of a bucket',
        'The window is divided into buckets of this length.',
      ],
      'window/buckets': [
        'Number of buckets',
        'The window has this many latest buckets, for each observer.',
      ],
      'failures/codes': [
        'Response codes',
        'These HTTP results are failures: a class (5xx), a code (503), timeout or connection.',
      ],
      'failures/levels': ['Log levels', 'Log entries of these levels are failures.'],
      'rate/minimum': [
        'Fewest observations',
        'With fewer observations the detector does not decide.',
      ],
      'rate/failurePercent': [
        'Share of failures',
        'From this share on an observer finds the chatbot failing.',
      ],
      'rate/slowMillis': ['Limit of a slow response', 'A response that takes this long is slow.'],
      'rate/slowPercent': [
        'Share of slow responses',
        'From this share on an observer finds the chatbot failing.',
      ],
      'fast/threshold': [
        'Threshold of the alarm',
        'The detector alarms when the score reaches it: this many failures in a row suffice.',
      ],
      'fast/recovery': [
        'Decrease of the score',
        'Each response without a failure decreases the score by this.',
      ],
      quorum: [
        'Number of observers',
        'This many observers must see failures before a chatbot is taken out.',
      ],
      'cap/percent': [
        'Largest share',
        'At most this share of the chatbots of a type is taken out automatically.',
      ],
      'cap/resumePercent': [
        'Share to resume at',
        'After the cap was reached, none is taken out until at most this share is out.',
      ],
      'open/baseSeconds': [
        'First wait',
        'The first probe follows this long after a chatbot was taken out.',
      ],
      'open/growthPercent': [
        'Growth',
        'Each failed probe multiplies the wait by this: 200% doubles it.',
      ],
      'open/capSeconds': ['Longest wait', 'The wait does not grow beyond this.'],
      'open/jitterPercent': [
        'Jitter',
        'The wait is shortened at random by up to this share, so that probes do not coincide.',
      ],
      'probe/path': ['Path', 'The path on the address of the chatbot that is requested.'],
      'probe/method': ['Method', 'The HTTP method of the request.'],
      'probe/expect': ['Expected codes', 'With these results a probe has succeeded.'],
      'probe/timeoutSeconds': ['Timeout', 'A response is awaited for this long.'],
      'probe/successes': [
        'Successes in a row',
        'After this many successful probes in a row the chatbot is online again.',
      ],
      'probe/spacingSeconds': ['Spacing', 'The pause between two probes in a row.'],
      'probe/mostInFlight': [
        'Probers at once',
        'This many probers may probe a chatbot at the same time.',
      ],
      'probe/leaseSeconds': [
        'Duration of a lease',
        'After this time another prober may take over.',
      ],
      'recovery/seconds': ['Duration', 'The stricter limits hold for this long after a recovery.'],
      'recovery/minimum': [
        'Fewest observations',
        'The minimum of the rate detector during this time.',
      ],
      'recovery/failurePercent': [
        'Share of failures',
        'The share of failures of the rate detector during this time.',
      ],
      'recovery/threshold': [
        'Threshold of the alarm',
        'The threshold of the fast detector during this time.',
      ],
      'silence/intervals': [
        'Number of intervals',
        'An observer is silent if it has not reported for this many of its usual intervals.',
      ],
      'silence/shortestSeconds': ['Shortest interval', 'A usual interval counts as at least this.'],
      'silence/longestSeconds': [
        'Longest silence',
        'After this time an observer is silent in any case.',
      ],
      dryRun: [
        'Only report',
        'If on, the system reports what it would do, and takes no chatbot out.',
      ],
    },
    yes: 'yes',
    no: 'no',
    none: 'none',
    milliseconds: 'ms',
  },
});

/** Returns the words for the value at a path of the document: `defaults/rate/minimum`, `chatbots/tax-board/quorum`. */
export function pathWords(path: string, language: Language): string {
  const words = POLICY_WORDS[language];
  const [root, ...rest] = path.split('/');
  const chatbot = root === 'chatbots' ? rest.shift() : undefined;
  const inner = rest.join('/');
  if (!isPolicyPath(inner)) return path;
  const value = `${words.groups[inner.split('/')[0] as Group]}: ${words.values[inner][0]}`;
  return chatbot === undefined ? value : `${chatbot} – ${value}`;
}

function isPolicyPath(path: string): path is PolicyPath {
  return Object.hasOwn(FIELDS, path);
}

/** Returns a value with its unit, by its path in the policy or in the document. */
export function valueWords(path: string, value: unknown, language: Language): string | undefined {
  const words = POLICY_WORDS[language];
  const inner = path.replace(/^(defaults|chatbots\/[^/]+)\//, '');
  const field = isPolicyPath(inner) ? FIELDS[inner] : undefined;
  if (typeof value === 'boolean') return value ? words.yes : words.no;
  if (Array.isArray(value)) return value.length === 0 ? words.none : value.join(', ');
  if (typeof value !== 'number' || field?.kind !== 'number') return undefined;
  switch (field.unit) {
    case 'seconds':
      return value < 60
        ? duration(value, language)
        : `${number(value, language)} s (${duration(value, language)})`;
    case 'milliseconds':
      return `${number(value, language)} ${words.milliseconds}`;
    case 'percent':
      return `${number(value, language)}%`;
    case 'count':
      return number(value, language);
  }
}
