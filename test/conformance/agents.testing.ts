import { execFile } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"

const installed = join(import.meta.dirname, "agents", "node_modules", ".bin")

/**
 * Why an agent can't be run; undefined when it can. `npm install`, not `npm ci`: opencode's packages for other machines
 * are not in every registry, so that a complete lock can't always be made.
 */
export function missing(agent: string): string | undefined {
  if (existsSync(join(installed, agent))) return undefined
  return `${agent} is not installed: npm install --no-save --prefix test/conformance/agents`
}

export interface AgentPlace {
  /** Where it works; holds nothing else. */
  readonly work: string
  /** Writes a file of its configuration, under its own home. */
  configure(path: string, text: string): string
  /** Runs it to its end and gives what it printed. Rejects with its output when it fails. */
  run(agent: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<string>
  remove(): void
}

/** A home and a working folder of its own, and no way to any other machine. */
export function agentPlace(): AgentPlace {
  const place = mkdtempSync(join(tmpdir(), "duck-agent-"))
  const home = join(place, "home")
  const work = join(place, "work")
  mkdirSync(home)
  mkdirSync(work)
  const nowhere = "http://127.0.0.1:9"
  const shared = {
    PATH: process.env.PATH ?? "",
    HOME: home,
    // What an agent's settings don't switch off ends at a port where nobody listens.
    HTTP_PROXY: nowhere,
    HTTPS_PROXY: nowhere,
    http_proxy: nowhere,
    https_proxy: nowhere,
    NO_PROXY: "127.0.0.1",
    no_proxy: "127.0.0.1",
    npm_config_registry: nowhere,
  }
  return {
    work,
    configure(path, text) {
      const file = join(home, path)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, text)
      return file
    },
    run: (agent, args, env) =>
      new Promise((resolve, reject) => {
        const options = { cwd: work, env: { ...shared, ...env }, maxBuffer: 2 ** 26, timeout: 100_000 }
        const child = execFile(join(installed, agent), args, options, (error, stdout, stderr) => {
          if (error) reject(new Error(`${agent} failed: ${error.message}\n${stdout}\n${stderr}`))
          else resolve(stdout)
        })
        child.stdin?.end()
      }),
    remove: () => rmSync(place, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }),
  }
}
