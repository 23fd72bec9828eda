/** Variables that change how a program shows or tests things, but never what it runs or where it sends things. */
const harmless = new Set(
  (
    "CI COLUMNS DEBUG FORCE_COLOR LANG LANGUAGE LC_ALL LC_COLLATE LC_CTYPE LC_MESSAGES LC_NUMERIC LC_TIME LINES " +
    "MIX_ENV NODE_ENV NO_COLOR RAILS_ENV RACK_ENV RUST_BACKTRACE RUST_LOG TERM TZ"
  ).split(" "),
)

/** Whether a variable may be set for one program (`NAME=value program`) without a question. */
export const harmlessHere = (name: string): boolean => harmless.has(name)

/**
 * Whether a variable may be set in the shell for what follows. One that is not in the environment stays in the shell, and
 * those are written in capitals, but for the ones of proxies and npm.
 */
export const harmlessInShell = (name: string): boolean =>
  harmless.has(name) || (/^[a-z_][a-z0-9_]*$/.test(name) && !/^(npm_|.*_proxy$)/.test(name))
