//! What an administrator can do with a DMR: disable or enable it, end its route subscription, remove it.

import { useLocation } from 'wouter';
import { useAction } from '../api/action.ts';
import { api, ifMatch, type Versioned } from '../api/client.ts';
import { ConfirmButton } from '../elements/confirm.tsx';
import { catalogue, useTexts } from '../language/language.tsx';
import type { Dmr } from './data.ts';

const TEXTS = catalogue({
  et: {
    title: 'Toimingud',
    disable: 'Keela DMR',
    disableConsequence: (name: string) =>
      `Järgmisest päringust alates keeldutakse DMR-i ${name} päringutest. Tema sertifikaadid, API-võtmed ja marsruutide tellimus jäävad alles ning kehtivad taas, kui ta lubatakse.`,
    enable: 'Luba DMR',
    enableConsequence: (name: string) =>
      `DMR-i ${name} päringuid võetakse taas vastu, samade sertifikaatide ja API-võtmetega.`,
    unsubscribe: 'Lõpeta marsruutide tellimus',
    unsubscribeConsequence: (name: string) =>
      `DMR-i ${name} järjekord ei saa enam marsruutide muudatusi ja vabaneb teisele DMR-ile. DMR võib selle uuesti tellida; et ta seda ei teeks, keelake ta või tühistage tema sertifikaadid.`,
    remove: 'Eemalda DMR',
    removeConsequence: (name: string) =>
      `DMR ${name} eemaldatakse. Tema päringutest keeldutakse kohe, tema sertifikaadid ja API-võtmed tühistatakse ning marsruutide tellimus lõpeb. Seda ei saa tagasi võtta.`,
  },
  en: {
    title: 'Actions',
    disable: 'Disable the DMR',
    disableConsequence: (name: string) =>
      `Requests of DMR ${name} are refused from the next one on. Its certificates, API keys and route subscription stay, and are accepted again when it is enabled.`,
    enable: 'Enable the DMR',
    enableConsequence: (name: string) =>
      `Requests of DMR ${name} are accepted again, with the same certificates and API keys.`,
    unsubscribe: 'End the route subscription',
    unsubscribeConsequence: (name: string) =>
      `The queue of DMR ${name} gets no more changes of routes and is free for another DMR. The DMR may subscribe again; to prevent that, disable it or revoke its certificates.`,
    remove: 'Remove the DMR',
    removeConsequence: (name: string) =>
      `DMR ${name} is removed. Its requests are refused at once, its certificates and API keys are revoked, and its route subscription ends. This cannot be undone.`,
  },
});

export function DmrActions({ dmr: { value, etag } }: { dmr: Versioned<Dmr> }) {
  const texts = useTexts(TEXTS);
  const [, navigate] = useLocation();
  const { name, status } = value;
  const path = { name };
  const isActive = status === 'Active';
  const keys = [['dmr', name], ['dmrs']];
  const turn = useAction(
    async () => {
      const body = { status: isActive ? 'Disabled' : 'Active' } as const;
      await api.PATCH('/dmrs/{name}', { params: { path, header: ifMatch(etag) }, body });
    },
    ...keys,
  );
  const unsubscribe = async () => {
    await api.DELETE('/dmrs/{name}/route-subscription', { params: { path } });
  };
  const remove = useAction(
    async () => {
      await api.DELETE('/dmrs/{name}', { params: { path, header: ifMatch(etag) } });
      navigate('/observers');
    },
    ...keys,
  );
  return (
    <section class="card" aria-labelledby="actions">
      <h2 id="actions">{texts.title}</h2>
      <p class="actions">
        <ConfirmButton
          action={isActive ? texts.disable : texts.enable}
          consequence={isActive ? texts.disableConsequence(name) : texts.enableConsequence(name)}
          onConfirm={() => turn.mutateAsync()}
        />{' '}
        <ConfirmButton
          action={texts.unsubscribe}
          consequence={texts.unsubscribeConsequence(name)}
          onConfirm={unsubscribe}
        />{' '}
        <ConfirmButton
          action={texts.remove}
          consequence={texts.removeConsequence(name)}
          name={name}
          onConfirm={() => remove.mutateAsync()}
        />
      </p>
    </section>
  );
}
