import { homedir } from "node:os"
import { z } from "zod"
import { auditInbox } from "../access/audit-inbox.ts"
import { configReader } from "../access/config-reader.ts"
import { systemClock } from "../base/clock.ts"
import { asDuckError, exitCodeOf, UnavailableError } from "../base/errors.ts"
import { foldersOf } from "../base/folders.ts"
import { parseJson } from "../base/schema.ts"
import type { Host } from "../commands/context.ts"
import { errorDocument, format } from "../commands/format/format.ts"
import type { Typing } from "../commands/llm/typed-secret.ts"
import { pipeline } from "../commands/pipeline.ts"
import { registry } from "../commands/registry.ts"
import { noModels } from "../models/no-models.ts"
import { logger, silentLogger } from "../observe/log.ts"

const LocalRequest = z.object({
  name: z.string(),
  input: z.unknown(),
  project: z.string(),
  rendering: z.object({
    format: z.enum(["text", "table", "markdown", "json"]),
    width: z.int().min(0).optional(),
    color: z.enum(["0", "16", "256", "truecolor"]).optional(),
  }),
  isDebug: z.boolean().optional(),
})

/** What a process of its own has, and a server lacks. */
export interface LocalSurroundings {
  readonly env: NodeJS.ProcessEnv
  readonly stdin: Typing
  readonly stdout: { write(text: string): unknown }
  readonly stderr: { write(text: string): unknown }
  readonly signal: AbortSignal
}

/**
 * Runs a command without a server: `argument` is a `LocalRequest` (base/wire.ts). Writes what the person asked for, or the
 * error; gives the exit code.
 */
export async function runLocal(argument: string, around: LocalSurroundings): Promise<number> {
  const { stdout, stderr, signal } = around
  let request: z.output<typeof LocalRequest> | undefined
  try {
    request = parseJson(LocalRequest, argument, "the request of duck-local")
    const { name, input, project, rendering, isDebug } = request
    const { rendered, exitCode } = await pipeline(registry, hostOf(isDebug ?? false, around)).run({
      name,
      input,
      rendering,
      folder: project === "" ? homedir() : project,
      actor: { id: "owner", permission: "admin" },
      signal,
      via: "process",
    })
    stdout.write(rendered ?? "")
    return exitCode
  } catch (thrown) {
    const error = asDuckError(thrown)
    const body = error.toJSON()
    if (request?.rendering.format === "json") stdout.write(`${JSON.stringify({ error: body }, null, 2)}\n`)
    else {
      const rendering = { ...request?.rendering, format: "text" } as const
      stderr.write(format(body, () => errorDocument(body), rendering))
    }
    if (request?.isDebug) stderr.write(`${error.stack}\n`)
    return exitCodeOf(error)
  }
}

/** There is no server here: what needs the log or a project says so. */
function hostOf(isDebug: boolean, { env, stdin, stderr }: LocalSurroundings): Host {
  const folders = foldersOf(env)
  const lines = isDebug ? logger({ level: "debug", sinks: [(line) => stderr.write(`${line}\n`)] }) : silentLogger
  const refuse = (): never => {
    throw new UnavailableError({ message: "This needs the server; it can't run in a process of its own." })
  }
  return {
    folders,
    env,
    stdin,
    clock: systemClock,
    logger: lines,
    config: configReader({ folders, env }),
    audit: auditInbox({ dataFolder: folders.data, logger: lines }),
    fabric: refuse,
    projects: { open: async () => refuse(), rebuild: async () => refuse(), list: () => [] },
    languageServers: { open: async () => refuse(), running: () => undefined, status: async () => refuse() },
    checkpoints: { use: async () => refuse() },
    models: noModels(refuse),
    assistant: async () => refuse(),
    rules: async () => refuse(),
    server: undefined,
  }
}
