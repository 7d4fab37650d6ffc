//! A button for what cannot be taken back: a dialog says what will happen before it does.

import type { ComponentChildren } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { catalogue, useTexts } from '../language/language.tsx';
import { Field, Form, TextField } from './form.tsx';

const TEXTS = catalogue({
  et: {
    reason: 'Põhjus (nõutav)',
    cancel: 'Loobu',
    type: (name: string) => `Kinnitamiseks kirjutage: ${name}`,
  },
  en: {
    reason: 'Reason (required)',
    cancel: 'Cancel',
    type: (name: string) => `Type to confirm: ${name}`,
  },
});

interface Props {
  /** The text of the button, and of the one in the dialog. */
  action: string;
  /** What will happen. */
  consequence: string;
  /** What the reader should see before deciding, below the consequence. */
  children?: ComponentChildren;
  /** True if a reason is asked for, of up to 280 characters. */
  asksReason?: boolean;
  /** A name that must be typed; none if that is not needed. */
  name?: string;
  /** Does it. The dialog closes when it is done, and shows the error if it is refused. */
  onConfirm: (reason: string) => Promise<unknown>;
}

export function ConfirmButton({
  action,
  consequence,
  children,
  asksReason = false,
  name,
  onConfirm,
}: Props) {
  const texts = useTexts(TEXTS);
  const dialog = useRef<HTMLDialogElement>(null);
  const [error, setError] = useState<Error | null>(null);
  const [isPending, setIsPending] = useState(false);
  const [isOpen, setIsOpen] = useState(false);
  const open = () => {
    setError(null);
    setIsOpen(true);
    dialog.current?.showModal();
  };
  const confirm = async (reason: string) => {
    setIsPending(true);
    try {
      await onConfirm(reason);
      dialog.current?.close();
    } catch (refusal) {
      setError(refusal as Error);
    } finally {
      setIsPending(false);
    }
  };
  return (
    <>
      <button type="button" onClick={open}>
        {action}
      </button>
      <dialog ref={dialog} onClose={() => setIsOpen(false)} aria-label={action}>
        {isOpen && (
          <>
            <p>{consequence}</p>
            {children}
            <Form
              submit={action}
              isPending={isPending}
              error={error}
              onSubmit={({ reason }) => confirm(reason ?? '')}
            >
              {asksReason && (
                <TextField label={texts.reason} name="reason" required maxLength={280} />
              )}
              {name !== undefined && (
                <Field label={texts.type(name)} name="name" required pattern={escaped(name)} />
              )}
            </Form>
            <button type="button" onClick={() => dialog.current?.close()}>
              {texts.cancel}
            </button>
          </>
        )}
      </dialog>
    </>
  );
}

/** Returns a pattern that only `name` matches. A pattern with another escape than these is not valid, and ignored. */
export function escaped(name: string): string {
  return name.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}
