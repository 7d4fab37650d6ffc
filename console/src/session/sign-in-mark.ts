//! Whether somebody went to sign in on this browser: only then the API is asked for the session, as its refusal is an error
//! in the browser's log. The time of it is all that is kept; the cookies, which no script sees, are the session.

const KEY = 'sign-in';
/** The longest time from the way to sign in to the session. */
const LONGEST = 5 * 60_000;

/** Records that somebody goes to sign in. */
export function markSignIn(now = Date.now()): void {
  localStorage.setItem(KEY, String(now));
}

/** Returns whether there may be a session. */
export function mayBeSignedIn(): boolean {
  return localStorage.getItem(KEY) !== null;
}

/** Forgets it: the session was ended. */
export function forgetSignIn(): void {
  localStorage.removeItem(KEY);
}

/** Forgets it as there is no session, unless somebody may be signing in by another tab. */
export function forgetOldSignIn(now = Date.now()): void {
  if (now - Number(localStorage.getItem(KEY)) > LONGEST) forgetSignIn();
}
