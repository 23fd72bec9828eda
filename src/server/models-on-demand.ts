import { join } from "node:path"
import type { ConfigReader } from "../access/config-reader.ts"
import { secretsAt } from "../access/secrets-at.ts"
import type { Clock } from "../base/clock.ts"
import type { Folders } from "../base/folders.ts"
import type { Fabric } from "../fabric/embedded/fabric.ts"
import { hasProvider } from "../models/coordinator/environment.ts"
import type { Model } from "../models/model.ts"
import type { Models } from "../models/models.ts"
import type { Logger } from "../observe/log.ts"
import { stopping } from "./activity.ts"

/** The model layer and all that it loads come in with the first call that needs one, not with the start. */
export function modelsOnDemand(options: {
  readonly folders: Folders
  readonly config: ConfigReader
  readonly env: NodeJS.ProcessEnv
  readonly fabric: Pick<Fabric, "sequencer" | "node" | "views">
  readonly clock: Clock
  readonly logger: Logger
}): Models {
  const { config, env, fabric, clock, logger } = options
  let loading: Promise<Models> | undefined
  let models: Models | undefined
  let isClosed = false

  const load = async (): Promise<Models> => {
    const [{ openModels }, { openUsage }] = await Promise.all([
      import("../models/coordinator/open-models.ts"),
      import("../models/usage/open-usage.ts"),
    ])
    const usage = await openUsage({ fabric, folder: join(options.folders.data, "usage"), clock, logger })
    models = openModels({ config, secrets: secretsAt(options), env, usage, clock, logger, random: Math.random })
    return models
  }
  const loaded = (): Promise<Models> => {
    if (isClosed) throw stopping()
    loading ??= load().catch((error) => {
      loading = undefined
      throw error
    })
    return loading
  }

  const first = (which: "call" | "only"): Model =>
    async function* (request, signal) {
      yield* (await loaded())[which](request, signal)
    }
  const once = (which: "call" | "only"): Model => {
    const loading = first(which)
    return (request, signal) => (models && !isClosed ? models[which](request, signal) : loading(request, signal))
  }

  return {
    call: once("call"),
    only: once("only"),
    embed: async (...how) => (await loaded()).embed(...how),
    countTokens: async (request) => (await loaded()).countTokens(request),
    hasModel: (project) => hasProvider(config.load(project), env),
    list: async (how) => (await loaded()).list(how),
    status: async (project) => (await loaded()).status(project),
    usage: async (query) => (await loaded()).usage(query),
    prefer: async (choice) => (await loaded()).prefer(choice),
    probe: async (...how) => (await loaded()).probe(...how),
    async close() {
      isClosed = true
      await (await loading?.catch(() => undefined))?.close()
    },
  }
}
