//! The person who is signed in, with roles and institutions.

import { useQuery } from '@tanstack/react-query';
import type { ComponentChildren } from 'preact';
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { api, dataOf, type Schemas } from '../api/client.ts';
import { isSignedOut } from '../api/problem.ts';
import { ProblemNotice } from '../elements/problem.tsx';
import { OpenShell } from '../shell/open-shell.tsx';
import { SignIn } from './sign-in.tsx';
import { forgetOldSignIn, mayBeSignedIn } from './sign-in-mark.ts';

export type Role = Schemas['Role'];
export type Session = Schemas['Session'];

const Context = createContext<Session | undefined>(undefined);

interface Props {
  children: ComponentChildren;
  /** What everyone else sees; the way to sign in if there is nothing. */
  open?: ComponentChildren;
}

/** Returns the session of the API. */
async function readSession(): Promise<Session> {
  try {
    return dataOf(await api.GET('/session'));
  } catch (error) {
    if (isSignedOut(error)) forgetOldSignIn();
    throw error;
  }
}

/** Shows its children to whoever is signed in. */
export function SessionProvider({ children, open }: Props) {
  const session = useQuery({
    queryKey: ['session'],
    queryFn: readSession,
    staleTime: 60_000,
    // Asked at each read: somebody may have signed in by another tab meanwhile.
    enabled: ({ state }) => state.data !== undefined || mayBeSignedIn(),
  });
  if (session.data !== undefined)
    return <Context.Provider value={session.data}>{children}</Context.Provider>;
  if (session.error === null && session.fetchStatus !== 'idle') return null;
  if (open !== undefined) return <OpenShell>{open}</OpenShell>;
  return (
    <OpenShell>
      {session.error === null || isSignedOut(session.error) ? (
        <SignIn />
      ) : (
        <>
          <h1>CentOps</h1>
          <ProblemNotice error={session.error} onRetry={() => session.refetch()} />
        </>
      )}
    </OpenShell>
  );
}

/** Returns the session. Only below [`SessionProvider`]. */
export function useSession(): Session {
  const session = useContext(Context);
  if (session === undefined) throw new Error('useSession outside of SessionProvider');
  return session;
}

/** Returns whether the person has one of `roles`. The API decides; the page only leaves out what would be refused. */
export function useMay(...roles: Role[]): boolean {
  return useSession().roles.some((role) => roles.includes(role));
}

/** Returns whether the person sees the whole network, and not only own institutions. */
export function useIsStaff(): boolean {
  return useMay('admin', 'operator', 'viewer');
}
