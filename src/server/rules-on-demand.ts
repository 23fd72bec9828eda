import { homedir } from "node:os"
import type { ConfigReader } from "../access/config-reader.ts"
import type { Clock } from "../base/clock.ts"
import type { Folders } from "../base/folders.ts"
import type { RuleBook } from "../context/rules/rules.ts"
import type { Fabric } from "../fabric/embedded/fabric.ts"
import type { Logger } from "../observe/log.ts"
import { stopping } from "./activity.ts"

export interface RulesOnDemand {
  open(): Promise<RuleBook>
  close(): Promise<void>
}

/** Rules and all that they load come in with the first question about them, not with the start. */
export function rulesOnDemand(options: {
  readonly folders: Pick<Folders, "config">
  readonly env: NodeJS.ProcessEnv
  readonly config: ConfigReader
  readonly fabric: Fabric
  readonly clock: Clock
  readonly logger: Logger
}): RulesOnDemand {
  const { folders, env, config, fabric, clock, logger } = options
  let loading: Promise<RuleBook> | undefined
  let isClosed = false
  const load = async () => {
    const { openRuleBook } = await import("../context/rules/rule-book.ts")
    const home = env.HOME || homedir()
    return openRuleBook({ fabric, config, configFolder: folders.config, home, clock, logger })
  }
  return {
    open() {
      if (isClosed) return Promise.reject(stopping())
      loading ??= load().catch((error) => {
        loading = undefined
        throw error
      })
      return loading
    },
    async close() {
      isClosed = true
      await (await loading?.catch(() => undefined))?.close()
    },
  }
}
