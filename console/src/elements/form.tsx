//! Forms. What the API says about a field stands at the field; what it says otherwise stands above the button.

import type { ComponentChildren, InputHTMLAttributes } from 'preact';
import { createContext } from 'preact';
import { useContext, useId } from 'preact/hooks';
import { ProblemError } from '../api/problem.ts';
import { ProblemNotice } from './problem.tsx';

/** The texts of a submitted form, by the names of its fields: empty ones are left out, spaces around are cut. */
export type Entries = Record<string, string>;

const Errors = createContext<ProblemError | undefined>(undefined);

interface FormProps {
  /** The text of the button. */
  submit: string;
  /** True while the request is under way. */
  isPending: boolean;
  error: Error | null;
  /** Sends the entries. `form` may be reset when they are stored. */
  onSubmit: (entries: Entries, form: HTMLFormElement) => void;
  /** Gets the entries after each change of a field. */
  onChange?: (entries: Entries) => void;
  children: ComponentChildren;
}

export function Form({ submit, isPending, error, onSubmit, onChange, children }: FormProps) {
  const problem = error instanceof ProblemError ? error : undefined;
  const send = (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget;
    if (form instanceof HTMLFormElement) onSubmit(entriesOf(form), form);
  };
  const changed = onChange && {
    onInput: (event: InputEvent) => {
      if (event.currentTarget instanceof HTMLFormElement) onChange(entriesOf(event.currentTarget));
    },
  };
  return (
    <form onSubmit={send} {...changed}>
      <Errors.Provider value={problem}>{children}</Errors.Provider>
      {error !== null && <ProblemNotice error={error} />}
      <button type="submit" disabled={isPending}>
        {submit}
      </button>
    </form>
  );
}

function entriesOf(form: HTMLFormElement): Entries {
  const entries: Entries = {};
  for (const [name, value] of new FormData(form)) {
    if (typeof value === 'string' && value.trim() !== '') entries[name] = value.trim();
  }
  return entries;
}

interface FieldProps {
  label: string;
  /** The name of the entry, and the path of the value in the body: `rule/start`. */
  name: string;
  /** What is expected, below the label. */
  hint?: string;
  value?: string;
  required?: boolean;
  maxLength?: number;
  pattern?: string;
  type?: 'text' | 'email' | 'url' | 'number' | 'datetime-local' | 'date' | 'time' | 'password';
  min?: number | string;
  max?: number | string;
  /** Values that are offered, each with its text. Others may be typed. */
  suggestions?: [string, string][];
}

/** A line of text. */
export function Field({ label, name, hint, value, suggestions, ...attributes }: FieldProps) {
  const { id, described, notes } = useNotes(name, hint);
  // The types of the element tie each attribute to one type of input.
  const limits = {
    ...attributes,
    ...(suggestions && { list: `${id}-list` }),
  } as InputHTMLAttributes<HTMLInputElement>;
  return (
    <p class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        name={name}
        defaultValue={value ?? ''}
        autocomplete="off"
        {...described}
        {...limits}
      />
      {suggestions && (
        <datalist id={`${id}-list`}>
          {suggestions.map(([key, word]) => (
            <option key={key} value={key}>
              {word}
            </option>
          ))}
        </datalist>
      )}
      {notes}
    </p>
  );
}

/** A choice of yes or no: its entry is `true`, or is left out. */
export function CheckField({
  label,
  name,
  hint,
  checked = false,
}: Pick<FieldProps, 'label' | 'name' | 'hint'> & { checked?: boolean }) {
  const { id, described, notes } = useNotes(name, hint);
  return (
    <p class="field">
      <label>
        <input
          id={id}
          name={name}
          type="checkbox"
          value="true"
          defaultChecked={checked}
          {...described}
        />{' '}
        {label}
      </label>
      {notes}
    </p>
  );
}

/** A text of several lines. */
export function TextField({
  label,
  name,
  hint,
  value,
  required,
  maxLength,
}: Omit<FieldProps, 'type'>) {
  const { id, described, notes } = useNotes(name, hint);
  const limits = {
    ...(required !== undefined && { required }),
    ...(maxLength !== undefined && { maxLength }),
  };
  return (
    <p class="field">
      <label for={id}>{label}</label>
      <textarea id={id} name={name} defaultValue={value ?? ''} {...described} {...limits} />
      {notes}
    </p>
  );
}

interface ChoiceProps {
  label: string;
  name: string;
  hint?: string;
  value?: string;
  /** True if the empty value is none of the answers. */
  required?: boolean;
  /** Each value with its text. */
  options: [string, string][];
}

/** One of several values. */
export function ChoiceField({ label, name, hint, value, required, options }: ChoiceProps) {
  const { id, described, notes } = useNotes(name, hint);
  const limits = { ...(required !== undefined && { required }) };
  return (
    <p class="field">
      <label for={id}>{label}</label>
      <select
        id={id}
        name={name}
        defaultValue={value ?? options[0]?.[0] ?? ''}
        {...described}
        {...limits}
      >
        {options.map(([key, word]) => (
          <option key={key} value={key}>
            {word}
          </option>
        ))}
      </select>
      {notes}
    </p>
  );
}

/** Returns the hint and the error of a field, and the attributes that tie them to its control. */
export function useNotes(name: string, hint: string | undefined) {
  const id = useId();
  const error = useContext(Errors)?.ofField(name);
  const [hintId, errorId] = [`${id}-hint`, `${id}-error`];
  const ids = [hint !== undefined && hintId, error !== undefined && errorId].filter(
    (one) => one !== false,
  );
  const described = {
    ...(ids.length > 0 && { 'aria-describedby': ids.join(' ') }),
    ...(error !== undefined && { 'aria-invalid': true as const }),
  };
  const notes = (
    <>
      {hint !== undefined && (
        <span id={hintId} class="quiet">
          {hint}
        </span>
      )}
      {error !== undefined && (
        <strong id={errorId} class="field-error">
          {error}
        </strong>
      )}
    </>
  );
  return { id, described, notes };
}
