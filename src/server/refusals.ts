/** What a stranger tries; worth an audit event. */
export const refusals: ReadonlySet<string> = new Set([
  "UNAUTHORIZED",
  "HOST_REFUSED",
  "ORIGIN_REFUSED",
  "TOKEN_IN_URL",
  "SHARE_REFUSED",
])
