//! Names of the network, as forms ask for them.

/** What a name must match, as the attribute `pattern` of an input. */
export const NAME_PATTERN = '[a-z0-9\\-]{2,64}';
