import { existsSync, rmSync, writeFileSync } from "node:fs"
import { homedir } from "node:os"
import { join } from "node:path"
import type { Audit } from "../access/audit.ts"
import type { ConfigReader } from "../access/config-reader.ts"
import { ruleBook } from "../access/permissions/rule-book.ts"
import { trustStore } from "../access/permissions/trust-store.ts"
import { secretsAt } from "../access/secrets-at.ts"
import type { Assistant } from "../assistant/assistant.ts"
import type { Clock } from "../base/clock.ts"
import type { Projects } from "../code/projects.ts"
import type { RuleBook } from "../context/rules/rules.ts"
import type { Fabric } from "../fabric/embedded/fabric.ts"
import type { Models } from "../models/models.ts"
import type { Logger } from "../observe/log.ts"
import type { SharedCheckpoints } from "../workspace/checkpoints/shared-checkpoints.ts"
import { stopping } from "./activity.ts"

export interface AssistantOnDemand {
  open(): Promise<Assistant>
  /** Turns that run now. */
  running(): number
  /** Goes on with the turns that a crash or a stop cut off, if there can be any. */
  resume(): Promise<void>
  /** Suspends what runs. */
  close(): Promise<void>
}

/** Beyond these a turn ends, unless whoever began it said otherwise. */
const limits = { maxSteps: 200, maxCostUsd: 10 }

/** Conversations and all that they load come in with the first one, not with the start. */
export function assistantOnDemand(options: {
  readonly dataFolder: string
  readonly env: NodeJS.ProcessEnv
  readonly config: ConfigReader
  readonly fabric: Fabric
  readonly projects: Pick<Projects, "open">
  readonly rules: () => Promise<RuleBook>
  readonly checkpoints: Pick<SharedCheckpoints, "use">
  readonly models: Models
  readonly audit: Audit
  readonly clock: Clock
  readonly logger: Logger
}): AssistantOnDemand {
  const { dataFolder, env, config, fabric, models, clock, logger } = options
  // Stands in the data folder while turns may be under way: a start without it need not look for any.
  const mark = join(dataFolder, "turns-open")
  let loading: Promise<Assistant> | undefined
  let assistant: Assistant | undefined
  let isClosed = false
  const trust = trustStore(dataFolder)
  /** Said once: rules are read for each call. */
  const warned = new Set<string>()
  let endPrograms = async () => {}

  const load = async (): Promise<Assistant> => {
    const [{ openAssistant }, { equipment }, { openMemory }, { sealing }, { contextTokensOf }, records] =
      await Promise.all([
        import("../assistant/assistant.ts"),
        import("../assistant/equipment.ts"),
        import("../assistant/memory/memory.ts"),
        import("../assistant/memory/sealing.ts"),
        import("./context-tokens.ts"),
        import("../workspace/processes/run-records.ts"),
      ])
    // Before anything is run: the next server does it for this one.
    const left = await records.sweepRuns(records.recordsIn(dataFolder))
    if (left.length > 0) logger.warn("programs of a server that was killed were ended", { runs: left.length })
    writeFileSync(mark, "", { mode: 0o600 })
    const secrets = secretsAt({ folders: { data: dataFolder }, config, env })
    const isEncrypting = () => config.load().values["memory.encrypt"]
    const memory = await openMemory({ fabric, sealing: sealing({ secrets, isEncrypting }), clock })
    const agents = equipment({
      project: (root) => options.projects.open(root),
      fabric,
      checkpoints: options.checkpoints,
      rows: () => opened.rows,
      assistant: () => opened,
      hooks: () => ({ on: config.load().values["hooks.on"], trust }),
      memory,
      blobs: fabric.blobs,
      model: models.call,
      contextTokens: contextTokensOf(options),
      rules: (root) => {
        const { rules, warnings } = ruleBook(root, { config, env, trust })
        for (const why of warnings) if (!warned.has(why)) logger.warn("rules of permissions are not taken", { why })
        for (const why of warnings) warned.add(why)
        return rules
      },
      projectRules: async (project) => (await options.rules()).of(project),
      rulesBudget: (root) => config.load(root).values["rules.budgetTokens"],
      modelOfClass: (name) => {
        const aliases = config.load().values["llm.aliases"]
        return Object.hasOwn(aliases, name) ? name : undefined
      },
      home: env.HOME || homedir(),
      dataFolder,
      platform: process.platform,
      audit: options.audit,
      logger,
      strategy: "semantic",
      limits,
    })
    const { ownership, store, views } = fabric
    const opened = await openAssistant({
      ownership,
      store,
      views,
      model: models.call,
      memory,
      equip: agents.equip,
      system: agents.system,
      clock,
      logger,
    })
    endPrograms = agents.close
    assistant = opened
    return opened
  }

  const open = (): Promise<Assistant> => {
    if (isClosed) return Promise.reject(stopping())
    loading ??= load().catch((error) => {
      loading = undefined
      throw error
    })
    return loading
  }

  return {
    open,
    running: () => assistant?.running() ?? 0,
    async resume() {
      if (!existsSync(mark)) return
      const resumed = await (await open()).resumeAll()
      if (resumed > 0) logger.info("turns that were cut off go on", { turns: resumed })
    },
    async close() {
      isClosed = true
      await loading?.catch(() => undefined)
      if (!assistant) return
      const hasOpen = assistant.rows.list({ running: true, subAgents: true, limit: 1 }).length > 0
      const isRunning = assistant.running() > 0
      await assistant.close()
      await endPrograms()
      assistant.memory.close()
      if (!hasOpen && !isRunning) rmSync(mark, { force: true })
    },
  }
}
