import { homedir } from "node:os"
import type { ConfigReader } from "../access/config-reader.ts"
import type { Clock } from "../base/clock.ts"
import type { LanguageServers } from "../code/language-servers/language-servers.ts"
import type { Logger } from "../observe/log.ts"
import { stopping } from "./activity.ts"

/** Language servers and what it takes to speak with them come in with the first question that wants one. */
export function languageServersOnDemand(options: {
  readonly dataFolder: string
  readonly env: NodeJS.ProcessEnv
  readonly config: ConfigReader
  readonly clock: Clock
  readonly logger: Logger
}): LanguageServers {
  const { dataFolder, env, config, clock, logger } = options
  let loading: Promise<LanguageServers> | undefined
  let servers: LanguageServers | undefined
  let isClosed = false
  const load = async () => {
    const { openLanguageServers } = await import("../code/language-servers/open-language-servers.ts")
    const set = () => config.load().values["lsp.servers"]
    servers = openLanguageServers({ dataFolder, home: env.HOME || homedir(), env, set, clock, logger })
    return servers
  }
  const loaded = () => {
    if (isClosed) throw stopping()
    loading ??= load()
    return loading
  }
  return {
    open: async (project, language, how) => (await loaded()).open(project, language, how),
    running: (root, language) => servers?.running(root, language),
    status: async (root) => (await loaded()).status(root),
    async close() {
      isClosed = true
      await (await loading)?.close()
    },
  }
}
