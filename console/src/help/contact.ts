//! The contact of whoever runs the installation.

/** Returns the e-mail address of the setting `VITE_CONTACT` of the build; none if it is not set or is no address. */
export function contactOf(setting: unknown): string | undefined {
  if (typeof setting !== 'string') return undefined;
  const address = setting.trim();
  return /^[^\s@?&%"<>]+@[^\s@?&%"<>]+\.[^\s@?&%"<>]+$/.test(address) ? address : undefined;
}
