//! Times in fields: `<input type="datetime-local">` has them in the zone of the browser and without naming it.

/** Returns the text of a field for an instant (RFC 3339), to the minute; empty for none and for what is no time. */
export function localTime(at: string | undefined): string {
  const date = new Date(at ?? Number.NaN);
  if (Number.isNaN(date.getTime())) return '';
  const two = (value: number) => String(value).padStart(2, '0');
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-');
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** Returns the instant (RFC 3339, UTC) of a field; none if it is empty. */
export function instant(local: string | undefined): string | undefined {
  const date = new Date(local ?? Number.NaN);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}
