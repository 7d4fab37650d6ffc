//! A new certificate, from the request that its holder made.

import { useAction } from '../api/action.ts';
import { api, dataOf, type Schemas } from '../api/client.ts';
import { type Entries, Field, Form, TextField } from '../elements/form.tsx';
import { Moment } from '../elements/moment.tsx';
import { Pem } from '../elements/pem.tsx';
import { catalogue, useTexts } from '../language/language.tsx';
import { type Filter, searchOf } from './filter.ts';
import { HolderFields } from './holder.tsx';

const TEXTS = catalogue({
  et: {
    title: 'Väljasta sertifikaat',
    explanation:
      'Sertifikaadi omanik loob võtme ise ja annab teile ainult sertifikaaditaotluse. Taotluses olevaid nimesid ei kasutata: sertifikaati kantakse allpool valitud omanik.',
    days: 'Kehtib (päeva)',
    csr: 'Sertifikaaditaotlus (CSR)',
    csrHint: 'PKCS#10 ühe PEM-plokina; võti on EC P-256 või P-384 või RSA 2048–4096 bitti.',
    issue: 'Väljasta',
    issued: (name: string) =>
      `Sertifikaat on väljastatud: ${name}. Sertifikaati ei salvestata: laadige see alla ja saatke omanikule.`,
    until: 'Kehtib kuni',
  },
  en: {
    title: 'Issue a certificate',
    explanation:
      'The holder makes the key and gives you the certificate request only. Names in the request are not used: the certificate has the holder that is chosen below.',
    days: 'Lifetime (days)',
    csr: 'Certificate request (CSR)',
    csrHint:
      'PKCS#10 as one PEM block; the key is EC P-256 or P-384, or RSA with 2048 to 4096 bits.',
    issue: 'Issue',
    issued: (name: string) =>
      `The certificate is issued: ${name}. It is not stored: download it and send it to the holder.`,
    until: 'Valid until',
  },
});

export function IssueCertificate({ filter }: { filter: Filter }) {
  const texts = useTexts(TEXTS);
  const issue = useAction(
    async ({ profile, name = '', csr = '', days }: Entries) => {
      const holder = { profile: profile as Schemas['Profile'], name };
      const body = { ...holder, csr: `${csr}\n`, days: Number(days) };
      return dataOf(await api.POST('/certificates', { body }));
    },
    ['certificates'],
  );
  const issued = issue.data;
  return (
    <details>
      <summary>{texts.title}</summary>
      <p>{texts.explanation}</p>
      <Form
        key={searchOf(filter)}
        submit={texts.issue}
        isPending={issue.isPending}
        error={issue.error}
        onSubmit={(entries, form) => issue.mutate(entries, { onSuccess: () => form.reset() })}
      >
        <HolderFields filter={filter} />
        <TextField label={texts.csr} name="csr" hint={texts.csrHint} required maxLength={8192} />
        <Field label={texts.days} name="days" type="number" value="90" required min={1} max={397} />
      </Form>
      <div role="status">
        {issued !== undefined && (
          <>
            <p>
              {texts.issued(issued.name)} {texts.until} <Moment at={issued.notAfter} />.
            </p>
            <Pem pem={issued.pem} name={`${issued.name}.pem`} />
          </>
        )}
      </div>
    </details>
  );
}
