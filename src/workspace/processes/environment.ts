/** Variables that programs need and that hold no secret. Keys, tokens and proxies with passwords are never among them. */
const passed = new Set(
  (
    "HOME LANG LANGUAGE LOGNAME PATH SHELL TZ USER " +
    "ANDROID_HOME BUN_INSTALL CARGO_HOME CONDA_PREFIX DENO_DIR DOTNET_ROOT GEM_HOME GOPATH GOROOT HEX_HOME JAVA_HOME " +
    "MIX_HOME NODE_EXTRA_CA_CERTS NVM_DIR PNPM_HOME PYENV_ROOT RBENV_ROOT RUSTUP_HOME SDKMAN_DIR SSL_CERT_DIR " +
    "SSL_CERT_FILE VIRTUAL_ENV VOLTA_HOME"
  ).split(" "),
)

/** Nobody sits there to answer, page or look at colours. */
const fixed = { TERM: "dumb", PAGER: "cat", GIT_PAGER: "cat", GIT_TERMINAL_PROMPT: "0", TMPDIR: "/tmp" } as const

/** The variable that marks all processes of a run, wherever they go. */
export const runVariable = "DUCK_RUN"

/**
 * The environment of a run: what is on the list, what the policy names, what the caller sets. Everything else of the
 * server's environment stays with the server.
 */
export function environmentOf(options: {
  readonly of: NodeJS.ProcessEnv
  readonly alsoPass: readonly string[]
  readonly set: Readonly<Record<string, string>>
  readonly runId: string
}): Record<string, string> {
  const env: Record<string, string> = {}
  for (const [name, value] of Object.entries(options.of))
    if (value !== undefined && (passed.has(name) || name.startsWith("LC_") || options.alsoPass.includes(name)))
      env[name] = value
  return { ...env, ...fixed, ...options.set, [runVariable]: options.runId }
}
