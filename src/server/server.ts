import type { Server } from "node:http"
import type { AddressInfo } from "node:net"
import type { Actor } from "../access/actor.ts"
import { type Audit, openAudit } from "../access/audit.ts"
import { takeInbox } from "../access/audit-inbox.ts"
import { configReader } from "../access/config-reader.ts"
import { privateFolder } from "../access/private-file.ts"
import type { Settings } from "../access/settings.ts"
import { loadToken } from "../access/token.ts"
import { type Clock, systemClock } from "../base/clock.ts"
import type { DuckError } from "../base/errors.ts"
import type { Folders } from "../base/folders.ts"
import { newId } from "../base/ids.ts"
import { version as ownVersion } from "../base/version.ts"
import type { ServerFile } from "../base/wire.ts"
import type { CommandSet } from "../commands/command.ts"
import type { Host, ServerFacts } from "../commands/context.ts"
import { pipeline } from "../commands/pipeline.ts"
import { registry } from "../commands/registry.ts"
import { openFabric } from "../fabric/embedded/fabric.ts"
import { type Logger, silentLogger } from "../observe/log.ts"
import { sharedCheckpoints } from "../workspace/checkpoints/shared-checkpoints.ts"
import { activity, whenIdle } from "./activity.ts"
import { assistantOnDemand } from "./assistant-on-demand.ts"
import { embedderOf } from "./embedder.ts"
import { guard } from "./guard.ts"
import { httpHandler } from "./http.ts"
import { languageServersOnDemand } from "./language-servers-on-demand.ts"
import { modelsOnDemand } from "./models-on-demand.ts"
import { projectsOnDemand } from "./projects-on-demand.ts"
import { collectGarbage, trimWhenQuiet } from "./quiet.ts"
import { refusals } from "./refusals.ts"
import { rpcServer } from "./rpc.ts"
import { rulesOnDemand } from "./rules-on-demand.ts"
import { announceServer, readServerFile, withdrawServer } from "./server-file.ts"
import { listenError, openingError } from "./start-errors.ts"

export interface ServerOptions {
  readonly folders: Folders
  readonly env?: NodeJS.ProcessEnv
  /** Settings that win over all others: the flags of `duck serve`. */
  readonly flags?: Partial<Settings>
  readonly logger?: Logger
  readonly clock?: Clock
  /** What it runs; the registry, unless a test brings its own. */
  readonly commands?: CommandSet
  readonly version?: string
  /** How long a stop lets commands finish before it cancels them; default 5,000. */
  readonly graceMs?: number
}

export interface RunningServer {
  readonly file: ServerFile
  readonly url: string
  readonly host: Host
  /** Stops gracefully; a second call cancels at once what still runs. */
  stop(why: string): Promise<void>
  /** Resolves when it has stopped, for whatever reason. */
  readonly closed: Promise<void>
}

/** After a call was told to end it gets this long to do so. */
const cancelledWithinMs = 2_000

/**
 * Takes the data folder, listens on the loopback interface and says so in `server.json`. Throws FolderHeldError (another
 * server has the folder), LogUnreadableError, and UnavailableError with PORT_IN_USE, DISK_FULL, FOLDER_READ_ONLY.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { folders, env = process.env, flags = {}, logger = silentLogger, clock = systemClock } = options
  const { commands = registry, version = ownVersion, graceMs = 5_000 } = options
  privateFolder(folders.data)
  const fabric = await openFabric({ folder: folders.data, clock, logger }).catch((thrown) => {
    throw openingError(folders.data, thrown)
  })
  const http = newHttpServer()
  try {
    const config = configReader({ folders, env, flags })
    const { values: settings, warnings } = config.load()
    for (const { where, message } of warnings) logger.warn("setting not taken", { where, why: message })
    const token = loadToken(folders.data)
    const port = await listen(http, settings["server.port"])
    const file: ServerFile = {
      pid: process.pid,
      port,
      token,
      version,
      startedAt: new Date(clock.now()).toISOString(),
      instance: newId(clock.now()),
    }
    const audit = openAudit({ sequencer: fabric.sequencer, node: fabric.node, logger, clock })
    const use = activity({ clock })
    const stopping = new AbortController()
    const facts: ServerFacts = {
      port,
      startedAt: file.startedAt,
      instance: file.instance,
      health: () => ({
        status: stopping.signal.aborted ? "stopping" : "ok",
        version,
        pid: process.pid,
        instance: file.instance,
        uptimeMs: clock.now() - Date.parse(file.startedAt),
      }),
      // The one that asks runs as well.
      runningCalls: () => Math.max(0, use.runningCalls() - 1),
      connections: use.connections,
      runningTurns: () => assistant.running(),
      stopping: stopping.signal,
      stop: (why) => void stop(why),
    }
    const actor: Actor = { id: "owner", permission: "admin" }
    const models = modelsOnDemand({ folders, config, env, fabric, clock, logger })
    const embedder = embedderOf({ config, models, user: actor.id, clock, logger })
    const projects = projectsOnDemand({ dataFolder: folders.data, embedder, logger, clock })
    const languageServers = languageServersOnDemand({ dataFolder: folders.data, env, config, clock, logger })
    const checkpoints = sharedCheckpoints({ dataFolder: folders.data, fabric, clock })
    const rules = rulesOnDemand({ folders, env, config, fabric, clock, logger })
    const assistant = assistantOnDemand({
      dataFolder: folders.data,
      env,
      config,
      fabric,
      projects,
      rules: rules.open,
      checkpoints,
      models,
      audit,
      clock,
      logger,
    })
    const host: Host = {
      folders,
      env,
      clock,
      logger,
      config,
      audit,
      fabric: () => fabric,
      projects,
      languageServers,
      checkpoints,
      models,
      assistant: assistant.open,
      rules: rules.open,
      server: facts,
    }
    const run = pipeline(commands, host)
    const door = guard({ port, token, version, allowedOrigins: settings["server.allowedOrigins"] })
    const onRefused = refusalNotes(audit, clock)
    const shared = { guard: door, actor, pipeline: run, activity: use, onRefused }
    const rpc = rpcServer({ ...shared, fabric: () => fabric })
    http.on("request", httpHandler({ ...shared, version, facts, host, models, clock, logger }))
    http.on("upgrade", (request, socket, head) => rpc.upgrade(request, socket, head))

    let closing: Promise<void> | undefined
    const stop = (why: string): Promise<void> => {
      if (closing) use.cancelAll()
      closing ??= close(why)
      return closing
    }
    const close = async (why: string) => {
      logger.info("server stops", { why })
      stopping.abort()
      withdrawServer(folders.data, file.instance)
      http.close()
      http.closeIdleConnections()
      // Turns are suspended at once, so that who waits for one has an answer before the time of grace is over.
      const suspended = assistant.close().catch((error) => logger.error("turns were not suspended", { error }))
      await use.drain({ graceMs, withinMs: cancelledWithinMs })
      await suspended
      rpc.close()
      await checkpoints.close()
      await rules.close()
      await languageServers.close()
      await projects.close()
      await models.close()
      await inbox.close()
      await audit.flush()
      await fabric.close()
      await closed(http)
      logger.info("server stopped")
    }

    fabric.lock.announce(`http://127.0.0.1:${port}`)
    announceServer(folders.data, file)
    const inbox = takeInbox({ dataFolder: folders.data, audit, logger })
    logger.info("server started", { port, version, instance: file.instance, data: folders.data })
    assistant.resume().catch((error) => logger.error("turns that were cut off could not be gone on with", { error }))
    const trim = () => {
      projects.releaseMemory()
      collectGarbage()
    }
    void trimWhenQuiet({ activity: use, clock, signal: stopping.signal, trim })
    whenIdle({
      activity: use,
      idleMs: settings["server.idleMinutes"] * 60_000,
      clock,
      signal: stopping.signal,
      isBusy: async () =>
        assistant.running() > 0 ||
        projects.list().some(({ progress, index }) => progress !== null || index.meaning()?.state === "embedding") ||
        (await fabric.jobs.list({ state: "running", limit: 1 })).length > 0,
      isAnnounced: () => readServerFile(folders.data)?.instance === file.instance,
      onIdle: (why) => void stop(why),
    }).catch((error) => logger.error("idleness is not watched any more", { error }))
    const end = new Promise<void>((resolve, reject) =>
      stopping.signal.addEventListener("abort", () => queueMicrotask(() => closing?.then(resolve, reject)), {
        once: true,
      }),
    )
    return { file, url: `http://127.0.0.1:${port}`, host, stop, closed: end }
  } catch (error) {
    http.close()
    await fabric.close()
    throw error
  }
}

function newHttpServer(): Server {
  // Not `import "node:http"`, which costs 25 ms: docs/decisions/070.
  const { createServer } = process.getBuiltinModule("node:http")
  return createServer({
    // A folder's path, percent-encoded, may be long.
    maxHeaderSize: 32_768,
    headersTimeout: 10_000,
    requestTimeout: 30_000,
    keepAliveTimeout: 5_000,
  })
}

function listen(http: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    http.once("error", (cause) => reject(listenError(port, cause)))
    // TCP only and loopback only: this is never an address of another machine.
    http.listen({ port, host: "127.0.0.1" }, () => resolve((http.address() as AddressInfo).port))
  })
}

/** Connections that still hang get a moment, then are cut. */
function closed(http: Server): Promise<void> {
  return new Promise((resolve) => {
    if (!http.listening) http.closeAllConnections()
    http.getConnections((_error, count) => {
      if (count === 0) return resolve()
      const timer = setTimeout(() => {
        http.closeAllConnections()
        resolve()
      }, 1_000)
      http.once("close", () => {
        clearTimeout(timer)
        resolve()
      })
    })
  })
}

/** Audits what strangers try, at most once in ten seconds for each kind: they must not fill the log. */
function refusalNotes(audit: Audit, clock: Clock): (error: DuckError) => void {
  const kinds = new Map<string, { notedAtMs: number; left: number }>()
  return ({ code }) => {
    if (!refusals.has(code)) return
    const kind = kinds.get(code) ?? { notedAtMs: Number.NEGATIVE_INFINITY, left: 0 }
    kinds.set(code, kind)
    kind.left += 1
    if (clock.now() - kind.notedAtMs < 10_000) return
    const details = { code, times: kind.left }
    audit.note({ actor: "unknown", action: "request.refused", target: "server", outcome: "refused", details })
    kind.notedAtMs = clock.now()
    kind.left = 0
  }
}
