/** What programs that an agent runs may see and do. */
export interface SandboxPolicy {
  /**
   * `auto`: the best there is, which `protection()` names; `bubblewrap`: nothing runs without it; `process-group`: none but
   * what every system has.
   */
  readonly isolation?: "auto" | "bubblewrap" | "process-group"
  /** Whether the network is there; false where it is left out. */
  readonly network?: boolean
  /** Folders outside the project that may be written, and git's folder of a worktree: absolute. */
  readonly writable?: readonly string[]
  /** Folders of RubberDuck's own that may be written though what is around them is hidden: absolute. */
  readonly caches?: readonly string[]
  /** What may be read of the home folder, beside the tools installed in it: absolute. */
  readonly homeReadable?: readonly string[]
  /** Never to be seen, wherever it lies: RubberDuck's data folder above all. Absolute. */
  readonly hidden: readonly string[]
  /** Names of environment variables to pass on beside those known to be harmless. */
  readonly environment?: readonly string[]
}

/** Tools that people install in their home, without what stands beside them: relative to the home folder. */
export const toolFolders = (
  ".asdf .bun/bin .bun/install .cargo/bin .cargo/registry .deno/bin .dotnet .elan .ghcup/bin .juliaup .local/bin " +
  ".local/lib .local/share/fnm .local/share/mise .local/share/pnpm .local/share/uv .mix .nvm .opam .pyenv .rbenv .rustup " +
  ".sdkman .volta go/bin go/pkg"
).split(" ")

/** Where secrets lie, hidden even where the folder around them is not: relative to the home folder. */
export const secretPlaces = (
  ".ssh .gnupg .aws .azure .config/gcloud .config/gh .config/hub .config/op .docker .git-credentials .kube .netrc .npmrc " +
  ".pgpass .pypirc .terraform.d .terraformrc .vault-token .cargo/credentials .cargo/credentials.toml .gem/credentials " +
  ".local/share/keyrings .mozilla .password-store .bash_history .zsh_history"
).split(" ")

/** The system's own secrets, which a server that runs as root could read. */
export const systemSecrets = [
  "/etc/shadow",
  "/etc/shadow-",
  "/etc/gshadow",
  "/etc/gshadow-",
  "/etc/ssh",
  "/etc/ssl/private",
]

/** Emptied for every run: other people's homes, sockets of the system's services, what others have put into /tmp. */
export const emptied = ["/home", "/root", "/run", "/var/run", "/tmp", "/var/tmp"]
