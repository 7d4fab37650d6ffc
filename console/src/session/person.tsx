//! A person with the grants.

import { useAction } from '../api/action.ts';
import { api, type Schemas } from '../api/client.ts';
import { ConfirmButton } from '../elements/confirm.tsx';
import { ChoiceField, Field, Form, TextField } from '../elements/form.tsx';
import { instant } from '../elements/local-time.ts';
import { Moment } from '../elements/moment.tsx';
import { Table } from '../elements/table.tsx';
import { visible } from '../elements/visible.ts';
import { catalogue, useLanguage, useTexts } from '../language/language.tsx';
import { PEOPLE } from './data.ts';
import { ROLE_NAMES, roleName, roleOptions } from './roles.ts';
import type { Role } from './session.tsx';

type Person = Schemas['Person'];

const TEXTS = catalogue({
  et: {
    role: 'Roll',
    institutions: 'Asutused',
    institutionsHint: 'Ainult omanikule: asutuste tunnused, tühikutega eraldatud.',
    reason: 'Põhjus (nõutav)',
    by: 'Andis',
    since: 'Alates',
    until: 'Kuni',
    untilHint: 'Tühi: lõpuajata.',
    forever: 'Lõpuajata',
    over: 'Lõppenud',
    none: 'Rolle ei ole.',
    grant: 'Anna roll',
    end: 'Võta ära',
    consequence: (name: string, role: string) =>
      `${name} ei ole enam ${role.toLowerCase()}. See kehtib minuti jooksul, ka avatud seansis.`,
  },
  en: {
    role: 'Role',
    institutions: 'Institutions',
    institutionsHint: 'For owners only: ids of institutions, separated by spaces.',
    reason: 'Reason (required)',
    by: 'Granted by',
    since: 'Since',
    until: 'Until',
    untilHint: 'Empty: no end.',
    forever: 'No end',
    over: 'Over',
    none: 'No roles.',
    grant: 'Grant a role',
    end: 'End',
    consequence: (name: string, role: string) =>
      `${name} is no ${role.toLowerCase()} any more. It takes effect within a minute, in open sessions too.`,
  },
});

interface Held {
  role: Role;
  grant: Schemas['Grant'];
}

export function PersonCard({ person }: { person: Person }) {
  const texts = useTexts(TEXTS);
  const { language } = useLanguage();
  const heading = `person-${person.id}`;
  const held: Held[] = ROLE_NAMES.flatMap((role) => {
    const grant = person.grants[role];
    return grant === undefined ? [] : [{ role, grant }];
  });
  return (
    <section class="card" aria-labelledby={heading}>
      <h2 id={heading}>{visible(person.name)}</h2>
      <p class="quiet">{person.subject}</p>
      {held.length === 0 && <p>{texts.none}</p>}
      {held.length > 0 && (
        <Table
          caption={person.name}
          rows={held}
          keyOf={({ role }) => role}
          columns={[
            { head: texts.role, cell: ({ role }) => roleName(role, language) },
            {
              head: texts.institutions,
              cell: ({ grant }) => (grant.institutions ?? []).join(', ') || '–',
            },
            { head: texts.reason, cell: ({ grant }) => visible(grant.reason) },
            { head: texts.by, cell: ({ grant }) => grant.by },
            { head: texts.since, cell: ({ grant }) => <Moment at={grant.since} /> },
            { head: texts.until, cell: ({ grant }) => <Until until={grant.until} /> },
            { head: texts.end, cell: ({ role }) => <EndGrant person={person} role={role} /> },
          ]}
        />
      )}
      <details>
        <summary>{texts.grant}</summary>
        <NewGrant person={person} />
      </details>
    </section>
  );
}

function Until({ until }: { until: string | undefined }) {
  const texts = useTexts(TEXTS);
  if (until === undefined) return <>{texts.forever}</>;
  const isOver = Date.parse(until) <= Date.now();
  return (
    <>
      <Moment at={until} /> {isOver && texts.over}
    </>
  );
}

function EndGrant({ person, role }: { person: Person; role: Role }) {
  const texts = useTexts(TEXTS);
  const { language } = useLanguage();
  const params = { path: { person: person.id, role } };
  const end = useAction(() => api.DELETE('/people/{person}/grants/{role}', { params }), PEOPLE);
  return (
    <ConfirmButton
      action={texts.end}
      consequence={texts.consequence(person.name, roleName(role, language))}
      onConfirm={() => end.mutateAsync()}
    />
  );
}

function NewGrant({ person }: { person: Person }) {
  const texts = useTexts(TEXTS);
  const { language } = useLanguage();
  const put = useAction(
    ({ role, body }: { role: Role; body: Schemas['NewGrant'] }) =>
      api.PUT('/people/{person}/grants/{role}', {
        params: { path: { person: person.id, role } },
        body,
      }),
    PEOPLE,
  );
  return (
    <Form
      submit={texts.grant}
      isPending={put.isPending}
      error={put.error}
      onSubmit={({ role = 'viewer', institutions, reason = '', until }, form) => {
        const end = instant(until);
        const body = {
          reason,
          ...(institutions !== undefined && { institutions: institutions.split(/[\s,]+/) }),
          ...(end !== undefined && { until: end }),
        };
        put.mutate({ role: role as Role, body }, { onSuccess: () => form.reset() });
      }}
    >
      <ChoiceField label={texts.role} name="role" options={roleOptions(language)} value="viewer" />
      <Field label={texts.institutions} name="institutions" hint={texts.institutionsHint} />
      <TextField label={texts.reason} name="reason" required maxLength={280} />
      <Field label={texts.until} name="until" type="datetime-local" hint={texts.untilHint} />
    </Form>
  );
}
