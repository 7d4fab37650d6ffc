//! The institutions among which the person may choose.

import { useQuery } from '@tanstack/react-query';
import { api, dataOf } from '../api/client.ts';
import { useInstitutionsOfChatbots } from '../chatbots/data.ts';
import { collator } from '../language/format.ts';
import { useLanguage } from '../language/language.tsx';
import { useIsStaff, useSession } from '../session/session.tsx';

/** Returns the registered institutions: all of them for staff, their own for owners. */
export function useInstitutions() {
  return useQuery({
    queryKey: ['institutions', 'options'],
    queryFn: async () => dataOf(await api.GET('/admin/institutions')),
    staleTime: 60_000,
  });
}

/**
 * Returns the id of each institution with its name, by name: the registered ones, those of chatbots, and the own ones of an
 * owner. Empty until they are read.
 */
export function useInstitutionOptions(): [string, string][] {
  const { language } = useLanguage();
  const order = collator(language);
  const registered = useInstitutions();
  const ofChatbots = useInstitutionsOfChatbots(useIsStaff());
  const { institutions: own } = useSession();
  if (registered.isPending || ofChatbots.isLoading) return [];
  const names = new Map([...own, ...(ofChatbots.data ?? [])].map((id) => [id, id]));
  for (const { id, name } of registered.data ?? []) names.set(id, name);
  return [...names].sort(([, one], [, other]) => order.compare(one, other));
}
