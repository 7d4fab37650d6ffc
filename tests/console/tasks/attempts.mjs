// One change of each kind that a page sends: by a form, by a form of changes, in a dialog, with a secret, at once.

/** Presses `action`, and confirms it in its dialog, which stays open after a refusal. */
async function decide(keyboard, action, answers = async () => {}) {
  await keyboard.press('button', action);
  const dialog = keyboard.page.getByRole('dialog', { name: action });
  await answers(dialog);
  await keyboard.press('button', action, dialog);
}

/** Returns the changes that a viewer attempts. */
export function attemptsOf({ owner, name, dmr, invitation, subscription, incident }) {
  const typed = (keyboard, text) => (dialog) => keyboard.fill(`Type to confirm: ${text}`, text, dialog);
  return [
    {
      path: `/chatbots/${name}`,
      async work(keyboard) {
        await keyboard.unfold('Override the status');
        await keyboard.fill('Reason (required)', 'A test');
        await keyboard.press('button', 'Apply');
      },
    },
    {
      path: `/chatbots/${name}/edit`,
      async work(keyboard) {
        await keyboard.fill('Contact (e-mail)', 'changed@example.ee');
        await keyboard.press('button', 'Save');
      },
    },
    {
      path: `/institutions/${owner}`,
      work: (keyboard) => decide(keyboard, 'Delete the institution', typed(keyboard, owner)),
    },
    {
      path: `/observers/${dmr}`,
      work: (keyboard) => decide(keyboard, 'Disable the DMR'),
    },
    {
      path: `/credentials?profile=dmr&name=${dmr}`,
      async work(keyboard) {
        await keyboard.unfold('Issue an API key');
        await keyboard.press('button', 'Issue');
      },
    },
    {
      path: `/invitations/${invitation}`,
      work: (keyboard) =>
        decide(keyboard, 'Withdraw the invitation', (dialog) => keyboard.fill('Reason (required)', 'A test', dialog)),
    },
    {
      path: `/subscriptions/${subscription}`,
      work: (keyboard) => keyboard.press('button', 'Pause'),
    },
    {
      path: `/incidents/${incident}`,
      async work(keyboard) {
        await keyboard.unfold('Add a note');
        await keyboard.fill('Note', 'A test');
        await keyboard.press('button', 'Add a note');
      },
    },
    {
      path: '/events',
      async work(keyboard) {
        await keyboard.press('button', 'Continue');
        await decide(keyboard, 'Announce again');
      },
    },
  ];
}
