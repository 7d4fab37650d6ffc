//! A choice in a filter. It applies at once.

import { useId } from 'preact/hooks';
import { catalogue, useTexts } from '../language/language.tsx';

const TEXTS = catalogue({ et: { any: 'Kõik' }, en: { any: 'All' } });

interface Props {
  label: string;
  value: string;
  /** Each value with its text. */
  options: [string, string][];
  /** The text of the empty value, which is the first option; null if there is none. */
  any?: string | null;
  onChange: (value: string) => void;
}

export function FilterChoice({ label, value, options, any, onChange }: Props) {
  const texts = useTexts(TEXTS);
  // What the address names stands there even if it is no option, or none yet.
  const isKnown = value === '' || options.some(([key]) => key === value);
  return (
    <label>
      {label}{' '}
      <select value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        {any !== null && <option value="">{any ?? texts.any}</option>}
        {!isKnown && <option value={value}>{value}</option>}
        {options.map(([key, word]) => (
          <option key={key} value={key}>
            {word}
          </option>
        ))}
      </select>
    </label>
  );
}

/** The names of which all are offered as options. Of more, those are offered that have what is typed. */
const MOST_OPTIONS = 100;
const MOST_OFFERED = 20;

interface NameProps {
  label: string;
  value: string;
  names: string[];
  onChange: (value: string) => void;
}

/** A choice among names, of which there may be thousands. */
export function NameChoice({ label, value, names, onChange }: NameProps) {
  const id = useId();
  if (names.length <= MOST_OPTIONS) {
    const options = names.map((name): [string, string] => [name, name]);
    return <FilterChoice label={label} value={value} options={options} onChange={onChange} />;
  }
  const offered = names.filter((name) => name.includes(value)).slice(0, MOST_OFFERED);
  return (
    <label>
      {label}
      <input
        type="search"
        list={id}
        value={value}
        onInput={(event) => onChange(event.currentTarget.value.trim().toLowerCase())}
      />
      <datalist id={id}>
        {offered.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </label>
  );
}
