//! The meanings of states and words.

import type { Schemas } from '../api/client.ts';
import { catalogue } from '../language/language.tsx';

type Health = Schemas['Health'];

/** A word and its meaning. */
type Term = [string, string];

interface Words {
  statuses: Record<Schemas['Status'], string>;
  circuits: Record<Health['circuit'], Term>;
  causes: Record<Schemas['Cause']['kind'], Term>;
  held: Record<NonNullable<Health['held']>, Term>;
  checks: Record<Schemas['CheckReason'], Term>;
  modes: Record<Schemas['ControlMode'], string>;
  terms: Term[];
}

export const STATUSES: Schemas['Status'][] = ['Online', 'Offline', 'Unknown'];

export const HELP_WORDS = catalogue<Words>({
  et: {
    statuses: {
      Online: 'Inimeste küsimused jõuavad vestlusrobotini.',
      Offline: 'Vestlusrobot võeti võrgust välja: küsimused temani ei jõua.',
      Unknown:
        'Vestlusrobot ei ole veel ühelegi proovipäringule vastanud. Küsimused temani ei jõua.',
    },
    circuits: {
      closed: ['Suletud', 'Päringud jõuavad vestlusrobotini.'],
      open: [
        'Avatud',
        'Päringud ei jõua vestlusrobotini. Teda proovitakse järgmisel määratud ajal.',
      ],
      'half-open': [
        'Poolavatud',
        'Vestlusrobotit proovitakse praegu. Kui ta vastab, on ta taas võrgus.',
      ],
    },
    causes: {
      enrolled: [
        'Uus',
        'Vestlusrobot on registreeritud ja ootab esimest õnnestunud proovipäringut.',
      ],
      failing: ['Tõrgub', 'Piisavalt vaatlejaid nägi vigu või aeglasi vastuseid.'],
      unanswered: ['Ei vastanud', 'Vestlusrobotit prooviti kahtluse tõttu ja ta ei vastanud.'],
      forced: ['Käsitsi', 'Inimene või vestlusrobot ise võttis ta võrgust välja.'],
    },
    held: {
      cap: [
        'Lagi',
        'Ühte liiki vestlusrobotitest on nii suur osa juba väljas, et rohkem automaatselt välja ei võeta.',
      ],
      'dry-run': ['Proovirežiim', 'Süsteem ainult teatab, mida ta teeks.'],
    },
    checks: {
      silence: ['Vaikus', 'Vaatlejad ei ole tavapärase aja jooksul temast teatanud.'],
      disagreement: ['Eriarvamus', 'Üks vaatleja näeb vigu, teised ei näe.'],
      'own-log': ['Oma logi', 'Vestlusrobot teatas ise vigadest, kuid ükski DMR neid ei näinud.'],
    },
    modes: {
      hold: 'Olek jääb selliseks, nagu see oli, kuni käsitsi määratud olek lõpeb.',
      'force-online': 'Vestlusrobot on võrgus ka siis, kui ta ei vasta.',
      'force-offline':
        'Vestlusrobot on võrgust väljas. Pärast proovitakse teda enne võrku laskmist.',
    },
    terms: [
      [
        'DMR',
        'Hajus sõnumiruum: saadab sõnumid vestlusrobotitele ja teatab, kuidas need vastasid.',
      ],
      ['Vaatleja', 'Kes vestlusroboti vastuseid näeb: DMR või vestlusroboti enda logi.'],
      ['Proovipäring', 'CentOpsi päring vestlusrobotile, mille vastus näitab, kas ta töötab.'],
      ['Lagi', 'Suurim osa ühte liiki vestlusrobotitest, mis automaatselt välja võetakse.'],
      [
        'Võbelemine',
        'Vestlusrobot käib nii tihti võrgus ja väljas, et muutustest enam ei teavitata.',
      ],
      ['Intsident', 'Vestlusroboti katkestus, millega inimesed tegelevad.'],
      ['Plaanitud katkestus', 'Ette teatatud töö, mille ajal katkestustest ei teavitata.'],
    ],
  },
  en: {
    statuses: {
      Online: 'Questions of people reach the chatbot.',
      Offline: 'The chatbot was taken out: questions do not reach it.',
      Unknown: 'The chatbot has not answered a probe yet. Questions do not reach it.',
    },
    circuits: {
      closed: ['Closed', 'Requests reach the chatbot.'],
      open: ['Open', 'Requests do not reach the chatbot. It is probed at the next set time.'],
      'half-open': ['Half-open', 'The chatbot is being probed. If it answers, it is online again.'],
    },
    causes: {
      enrolled: ['New', 'The chatbot is enrolled and awaits its first successful probe.'],
      failing: ['Failing', 'Enough observers saw failures or slow responses.'],
      unanswered: ['No answer', 'The chatbot was probed because of a doubt, and did not answer.'],
      forced: ['By hand', 'A person, or the chatbot itself, took it out.'],
    },
    held: {
      cap: [
        'Cap',
        'So many chatbots of the type are out that no more are taken out automatically.',
      ],
      'dry-run': ['Dry run', 'The system only reports what it would do.'],
    },
    checks: {
      silence: ['Silence', 'Its observers have not reported on it for their usual time.'],
      disagreement: ['Disagreement', 'One observer sees failures, the others do not.'],
      'own-log': ['Own log', 'The chatbot reported errors of its own that no DMR saw.'],
    },
    modes: {
      hold: 'The status stays as it was until the override ends.',
      'force-online': 'The chatbot is online even if it does not answer.',
      'force-offline': 'The chatbot is offline. Afterwards it is probed before it is online again.',
    },
    terms: [
      [
        'DMR',
        'Distributed Message Room: sends messages to chatbots and reports how they answered.',
      ],
      ['Observer', 'Who sees the responses of a chatbot: a DMR, or the log of the chatbot itself.'],
      ['Probe', 'A request of CentOps to a chatbot, whose response shows whether it works.'],
      ['Cap', 'The largest share of the chatbots of a type that is taken out automatically.'],
      ['Flapping', 'A chatbot goes up and down so often that changes are not announced any more.'],
      ['Incident', 'An outage of a chatbot that people work on.'],
      ['Planned outage', 'Work that was announced; outages during it are not notified.'],
    ],
  },
});
