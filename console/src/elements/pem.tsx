//! A certificate as text, to copy or to download. It is public.

import { catalogue, useTexts } from '../language/language.tsx';

const TEXTS = catalogue({
  et: { certificate: 'Sertifikaat (PEM)', download: 'Laadi sertifikaat alla' },
  en: { certificate: 'Certificate (PEM)', download: 'Download the certificate' },
});

/** Shows `pem`, and offers it as the file `name`. */
export function Pem({ pem, name }: { pem: string; name: string }) {
  const texts = useTexts(TEXTS);
  const file = `data:application/x-pem-file;charset=utf-8,${encodeURIComponent(pem)}`;
  return (
    <>
      <textarea readOnly rows={8} class="pem" aria-label={texts.certificate} value={pem} />
      <p>
        <a class="button" href={file} download={name}>
          {texts.download}
        </a>
      </p>
    </>
  );
}
