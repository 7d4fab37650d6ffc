//! What stands in the place of data that are not read: why, or that they are on their way.

import { Loading } from './loading.tsx';
import { ProblemNotice } from './problem.tsx';

interface Props {
  /** Why they could not be read, or read again; none if they could. */
  error: Error | null;
  onRetry: () => void;
  /** True if there are data, even old ones. */
  isRead: boolean;
  /** How many rows are expected. */
  rows?: number;
}

export function ReadState({ error, onRetry, isRead, rows = 8 }: Props) {
  return (
    <>
      {error !== null && <ProblemNotice error={error} onRetry={onRetry} />}
      {!isRead && error === null && <Loading rows={rows} />}
    </>
  );
}
