import { homedir, tmpdir } from "node:os"
import { join } from "node:path"

/** Where RubberDuck keeps things, after the XDG base directory specification. */
export interface Folders {
  /** The log, views, indexes and blobs. `DUCK_HOME`, else `$XDG_DATA_HOME/rubberduck`. */
  readonly data: string
  /** The user's configuration file. `$XDG_CONFIG_HOME/rubberduck`, or `DUCK_HOME/config`. */
  readonly config: string
  /** Log files. `$XDG_STATE_HOME/rubberduck`, or `DUCK_HOME/state`. */
  readonly state: string
}

export function foldersOf(env: NodeJS.ProcessEnv = process.env): Folders {
  const home = env.HOME || homedir() || tmpdir()
  const own = env.DUCK_HOME
  if (own) return { data: own, config: join(own, "config"), state: join(own, "state") }
  const under = (name: string, fallback: string) => join(env[name] || join(home, fallback), "rubberduck")
  return {
    data: under("XDG_DATA_HOME", ".local/share"),
    config: under("XDG_CONFIG_HOME", ".config"),
    state: under("XDG_STATE_HOME", ".local/state"),
  }
}
