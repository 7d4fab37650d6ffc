//! The override of a chatbot's status: set with a reason and an end, and ended.

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'preact/hooks';
import { api, type Schemas } from '../api/client.ts';
import { ProblemNotice } from '../elements/problem.tsx';
import { catalogue, useLanguage, useTexts } from '../language/language.tsx';
import { modeWord } from './why.ts';

type Mode = Schemas['ControlMode'];

const MODES: Mode[] = ['hold', 'force-online', 'force-offline'];
const LONGEST_REASON = 280;

const TEXTS = catalogue({
  et: {
    open: 'Muuda olekut käsitsi',
    mode: 'Mida teha',
    consequences: {
      hold: 'Olek jääb selliseks, nagu see praegu on, mis ka ei juhtuks. Pärast otsustavad vaatlused taas.',
      'force-online':
        'Vestlusrobot jääb võrku ka siis, kui ta ei vasta. Pärast otsustavad vaatlused taas.',
      'force-offline':
        'Kodanike küsimused ei jõua vestlusrobotini. Pärast proovitakse teda enne võrku laskmist.',
    },
    reason: 'Põhjus (nõutav)',
    left: (count: number) => `Veel ${count} märki`,
    end: 'Lõpp',
    ends: { 1: '1 tunni pärast', 4: '4 tunni pärast', 24: 'Ööpäeva pärast', 0: 'Lõpuajata' },
    set: 'Rakenda',
    stop: 'Lõpeta käsitsi olek',
  },
  en: {
    open: 'Override the status',
    mode: 'What to do',
    consequences: {
      hold: 'The status stays as it is now, whatever happens. Afterwards observations decide again.',
      'force-online':
        'The chatbot stays online even if it does not answer. Afterwards observations decide again.',
      'force-offline':
        'Questions of people do not reach the chatbot. Afterwards it is probed before it is online again.',
    },
    reason: 'Reason (required)',
    left: (count: number) => `${count} characters left`,
    end: 'End',
    ends: { 1: 'In 1 hour', 4: 'In 4 hours', 24: 'In a day', 0: 'No end' },
    set: 'Apply',
    stop: 'End the override',
  },
});

export function ControlForm({ health }: { health: Schemas['Health'] }) {
  const texts = useTexts(TEXTS);
  const client = useQueryClient();
  const params = { params: { path: { name: health.chatbot } } };
  const onSuccess = () => client.invalidateQueries({ queryKey: ['chatbot', health.chatbot] });
  const end = useMutation({
    mutationFn: () => api.DELETE('/chatbots/{name}/control', params),
    onSuccess,
  });
  const set = useMutation({
    mutationFn: (body: Schemas['NewControl']) =>
      api.PUT('/chatbots/{name}/control', { ...params, body }),
    onSuccess,
  });
  const error = set.error ?? end.error;
  return (
    <>
      {error !== null && <ProblemNotice error={error} />}
      {health.control !== undefined && (
        <button type="button" disabled={end.isPending} onClick={() => end.mutate()}>
          {texts.stop}
        </button>
      )}
      <details>
        <summary>{texts.open}</summary>
        <NewControl isPending={set.isPending} onSubmit={(control) => set.mutate(control)} />
      </details>
    </>
  );
}

interface NewProps {
  isPending: boolean;
  onSubmit: (control: Schemas['NewControl']) => void;
}

function NewControl({ isPending, onSubmit }: NewProps) {
  const texts = useTexts(TEXTS);
  const { language } = useLanguage();
  const [mode, setMode] = useState<Mode>('hold');
  const [reason, setReason] = useState('');
  const [hours, setHours] = useState(1);
  const submit = (event: Event) => {
    event.preventDefault();
    const until = new Date(Date.now() + hours * 3_600_000).toISOString();
    onSubmit({ mode, reason: reason.trim(), ...(hours > 0 && { until }) });
  };
  return (
    <form onSubmit={submit}>
      <fieldset>
        <legend>{texts.mode}</legend>
        {MODES.map((one) => (
          <label key={one}>
            <input type="radio" name="mode" checked={mode === one} onChange={() => setMode(one)} />
            {modeWord(one, language)}
          </label>
        ))}
      </fieldset>
      <p role="status">{texts.consequences[mode]}</p>
      <label>
        {texts.reason}
        <textarea
          required
          maxLength={LONGEST_REASON}
          value={reason}
          onInput={(event) => setReason(event.currentTarget.value)}
        />
      </label>
      <p class="quiet">{texts.left(LONGEST_REASON - reason.length)}</p>
      <label>
        {texts.end}
        <select value={hours} onChange={(event) => setHours(Number(event.currentTarget.value))}>
          {Object.entries(texts.ends).map(([length, word]) => (
            <option key={length} value={length}>
              {word}
            </option>
          ))}
        </select>
      </label>
      <button type="submit" disabled={isPending || reason.trim() === ''}>
        {texts.set}
      </button>
    </form>
  );
}
