import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { foldersOf } from "../../src/base/folders.ts"
import { startServer } from "../../src/server/server.ts"
import { emitted } from "./process.ts"

/**
 * A server as `duck` starts it, with the scripted provider whose address it is given as the only one of its settings.
 * Its home is a new folder, unless it is given one.
 */
const [, , provider = "", given] = process.argv
const home = given ?? mkdtempSync(join(tmpdir(), "duck-bench-"))
const folders = foldersOf({ DUCK_HOME: home })
const providers = { bench: { kind: "openai-chat", url: `${provider}/v1`, model: "scripted" } }
mkdirSync(folders.config, { recursive: true })
writeFileSync(join(folders.config, "config.json"), JSON.stringify({ llm: { providers, model: "bench/scripted" } }))
const server = await startServer({ folders, env: {} })
process.once("SIGTERM", () => {
  void server.stop("the benchmark is over").then(() => {
    if (given === undefined) rmSync(home, { recursive: true, force: true })
    process.exit(0)
  })
})
emitted({ port: server.file.port, token: server.file.token })
