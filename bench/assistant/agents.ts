import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { foldersOf } from "../../src/base/folders.ts"
import type { AgentName } from "./task.ts"

/** How an agent is started for one task. */
export interface Agent {
  readonly name: AgentName
  readonly program: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** The process that does the work, where it is not the one that is started. */
  readonly serverPid?: () => number | undefined
  /** Why it can't be run here. */
  readonly missing?: string
}

export interface Place {
  /** A home of its own; nothing is read of the user's. */
  readonly home: string
  readonly work: string
  /** Of the scripted provider, with the path that says who asks: `http://127.0.0.1:1234/<agent>/<root>/v1`. */
  readonly url: string
  readonly task: string
}

const installed = join(import.meta.dirname, "../../test/conformance/agents/node_modules/.bin")
const duck = join(import.meta.dirname, "../../bin/duck.mjs")
// What an agent's settings don't switch off ends at a port where nobody listens.
const nowhere = "http://127.0.0.1:9"

const environment = (home: string): Record<string, string> => ({
  PATH: process.env.PATH ?? "",
  HOME: home,
  // Codex makes no programs for its sandbox where the home is in the folder for temporary files.
  TMPDIR: join(home, "tmp"),
  HTTP_PROXY: nowhere,
  HTTPS_PROXY: nowhere,
  http_proxy: nowhere,
  https_proxy: nowhere,
  NO_PROXY: "127.0.0.1",
  no_proxy: "127.0.0.1",
  npm_config_registry: nowhere,
})

function write(file: string, text: string): string {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
  return file
}

const peer = (name: string) => {
  const program = join(installed, name)
  const how = "npm install --no-save --prefix test/conformance/agents"
  return { program, ...(existsSync(program) ? {} : { missing: `${name} is not installed: ${how}` }) }
}

export function rubberduck({ home, url, task }: Place): Agent {
  const data = join(home, "duck")
  const folders = foldersOf({ DUCK_HOME: data })
  const providers = { bench: { kind: "openai-chat", url, model: "scripted" } }
  write(join(folders.config, "config.json"), JSON.stringify({ llm: { providers, model: "bench/scripted" } }))
  return {
    name: "RubberDuck",
    program: process.execPath,
    args: [duck, "run", "--mode", "auto", task],
    env: { ...environment(home), DUCK_HOME: data },
    serverPid() {
      const file = join(data, "server.json")
      return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as { pid: number }).pid : undefined
    },
  }
}

export function codex({ home, url, task }: Place): Agent {
  mkdirSync(join(home, "tmp"), { recursive: true })
  write(
    join(home, ".codex/config.toml"),
    `model = "scripted"
model_provider = "bench"
approval_policy = "never"
sandbox_mode = "workspace-write"
check_for_update_on_startup = false
[model_providers.bench]
name = "Bench"
base_url = "${url}"
env_key = "BENCH_KEY"
wire_api = "responses"
request_max_retries = 0
stream_max_retries = 0
[analytics]
enabled = false
[features]
plugins = false
remote_plugin = false
apps = false
skill_search = false
`,
  )
  const env = { ...environment(home), BENCH_KEY: "none" }
  return { name: "Codex", ...peer("codex"), args: ["exec", "--skip-git-repo-check", task], env }
}

export function opencode({ home, url, task }: Place): Agent {
  const config = {
    autoupdate: false,
    share: "disabled",
    model: "bench/scripted",
    small_model: "bench/scripted",
    enabled_providers: ["bench"],
    permission: { "*": "allow" },
    provider: {
      bench: {
        npm: "@ai-sdk/openai-compatible",
        name: "Bench",
        options: { baseURL: url, apiKey: "none" },
        models: { scripted: { name: "Scripted", limit: { context: 100_000, output: 4_000 } } },
      },
    },
  }
  return {
    name: "opencode",
    ...peer("opencode"),
    args: ["run", task],
    env: {
      ...environment(home),
      OPENCODE_CONFIG: write(join(home, "opencode.json"), JSON.stringify(config)),
      // Without these it asks for its catalogue of models, a newer version, language servers and its plugins.
      OPENCODE_DISABLE_MODELS_FETCH: "1",
      OPENCODE_DISABLE_AUTOUPDATE: "1",
      OPENCODE_DISABLE_LSP_DOWNLOAD: "1",
      OPENCODE_DISABLE_DEFAULT_PLUGINS: "1",
      OPENCODE_PURE: "1",
    },
  }
}
