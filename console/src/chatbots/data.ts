//! The chatbots and the state of the network, as the page reads them.

import { type QueryClient, queryOptions, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'preact/hooks';
import { every } from '../api/beat.ts';
import { allPages, api, dataOf, type Schemas, type Versioned, versioned } from '../api/client.ts';

export type Chatbot = Schemas['Chatbot'];

/** The seconds between two reads of the network, which is one read unit. */
const NETWORK_SECONDS = 5;
/** The seconds between two reads of the chatbots by owners, who may not read the network. */
const OWN_SECONDS = 15;
/** The seconds between two reads of all chatbots while the revision stays: it does not count overrides and remarks. */
const ALL_SECONDS = 60;
/** The first page is short, so that its rows are soon there. */
const FIRST_PAGE = 100;
const PAGE = 1000;
/** The milliseconds between two times at which what was read so far is shown. */
const SHOWN_EVERY = 250;
const KEY = ['chatbots'];

/** The ages in seconds from which on the chatbots are old. Those of staff follow the network, which is read more often. */
export const OLD_AFTER = { owners: 3 * OWN_SECONDS };

/** What was read of the list. */
interface Read {
  all: Chatbot[];
  /** False while further pages are on their way. */
  isComplete: boolean;
  /** The revision of the network before the list was read; none for owners. */
  revision: number | undefined;
}

const NETWORK = queryOptions({
  queryKey: ['network'],
  queryFn: async () => dataOf(await api.GET('/health')),
  refetchInterval: every(NETWORK_SECONDS),
});

/**
 * Reads all chatbots that the caller may see. The first time, they are shown while further ones are read. The revision is
 * read before, so that what changes meanwhile is read again.
 */
async function readChatbots(client: QueryClient, isStaff: boolean): Promise<Read> {
  const read: Read = { all: [], isComplete: false, revision: undefined };
  if (isStaff) {
    // Without it, the list is read again when it is there.
    const network = client.query({ ...NETWORK, staleTime: 'static' });
    read.revision = await network.then(({ revision }) => revision).catch(() => undefined);
  }
  const isFirst = client.getQueryData<Read>(KEY)?.isComplete !== true;
  let shownAt = 0;
  read.all = await allPages(
    async (cursor) => {
      const query = cursor === undefined ? { limit: FIRST_PAGE } : { limit: PAGE, cursor };
      const page = dataOf(await api.GET('/chatbots', { params: { query } }));
      read.all = [...read.all, ...page.chatbots];
      if (isFirst && page.next !== undefined && Date.now() - shownAt > SHOWN_EVERY) {
        client.setQueryData<Read>(KEY, { ...read });
        shownAt = Date.now();
      }
      return page;
    },
    (page) => page.chatbots,
  );
  return { ...read, isComplete: true };
}

/** Returns the counts and the revision of the network, read every few seconds. For staff. */
export function useNetwork(enabled: boolean) {
  return useQuery({ ...NETWORK, enabled });
}

/**
 * Returns the chatbots. Those of the whole network are read again when its revision changed, those of owners every few
 * seconds. `all` lacks some until `isComplete`.
 */
export function useChatbots(isStaff: boolean) {
  const client = useQueryClient();
  const network = useNetwork(isStaff);
  const revision = network.data?.revision;
  const seconds = isStaff ? ALL_SECONDS : OWN_SECONDS;
  const chatbots = useQuery({
    queryKey: KEY,
    queryFn: () => readChatbots(client, isStaff),
    refetchInterval: every(seconds),
    ...(isStaff && { staleTime: ALL_SECONDS * 1000 }),
    // A comparison of 10,000 chatbots with those before takes longer than to show a page of them.
    structuralSharing: false,
  });
  const { data } = chatbots;
  useEffect(() => {
    if (revision === undefined || !data?.isComplete || data.revision === revision) return;
    // A read that is under way is not given up, or a network that changes all the time would never be shown.
    if (client.isFetching({ queryKey: KEY }) === 0) client.invalidateQueries({ queryKey: KEY });
  }, [client, revision, data]);
  // As long as the revision is the same, the chatbots are as fresh as the network. The time of each beat is asked for, not
  // listened to: a beat without a change shows nothing else anew.
  const readAt = () => client.getQueryState(isStaff ? NETWORK.queryKey : KEY)?.dataUpdatedAt ?? 0;
  const error = network.error ?? chatbots.error;
  return {
    chatbots,
    network,
    all: data?.all,
    isComplete: data?.isComplete === true,
    readAt,
    error,
  };
}

const institutionsOf = ({ all }: Read) => [...new Set(all.map((one) => one.institution))];

/** Returns the institutions of all chatbots, which need not be registered. For staff. */
export function useInstitutionsOfChatbots(isStaff: boolean) {
  const client = useQueryClient();
  return useQuery({
    queryKey: KEY,
    queryFn: () => readChatbots(client, isStaff),
    staleTime: ALL_SECONDS * 1000,
    structuralSharing: false,
    select: institutionsOf,
    enabled: isStaff,
  });
}

/** Reads a chatbot with its version. */
export async function loadChatbot(name: string): Promise<Versioned<Chatbot>> {
  return versioned(await api.GET('/chatbots/{name}', { params: { path: { name } } }));
}
