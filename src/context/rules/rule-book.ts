import type { ConfigReader } from "../../access/config-reader.ts"
import type { Clock } from "../../base/clock.ts"
import type { CodeIndex } from "../../code/code-index.ts"
import type { Project } from "../../code/project.ts"
import type { Logger } from "../../observe/log.ts"
import { openWorkspace } from "../../workspace/workspace.ts"
import { openLibrary } from "./library.ts"
import { type OpenedRules, openRules } from "./open-rules.ts"
import { openRecord, type RecordFabric } from "./record.ts"
import type { RuleBook } from "./rules.ts"
import { ownPlaces } from "./sources.ts"
import type { RuleSwitches } from "./switches.ts"

export interface RuleBookOptions {
  readonly fabric: RecordFabric
  readonly config: ConfigReader
  /** The folder of the user's settings. */
  readonly configFolder: string
  readonly home: string
  readonly clock: Clock
  readonly logger: Logger
}

type RuledProject = Pick<Project, "id" | "root" | "index" | "watching">

interface Opened {
  readonly index: CodeIndex
  readonly rules: OpenedRules
  readonly stop: () => void
  lookedAtMs: number
}

/** Between two looks at files that no watcher tells of. */
const restMs = 1_000

/** The rules of a server's projects: opened with the first question, hot-reloaded, closed with the server. */
export async function openRuleBook(options: RuleBookOptions): Promise<RuleBook> {
  const { config, clock, logger } = options
  const record = await openRecord(options)
  const opened = new Map<string, Promise<Opened>>()

  /** The same object as long as the settings are the same. */
  const switchesOf = (root: string) => {
    let from: unknown
    let switches: RuleSwitches | undefined
    return (): RuleSwitches => {
      const { values } = config.load(root)
      if (switches && from === values) return switches
      from = values
      switches = {
        flags: values["rules.flags"],
        disabled: values["rules.disabled"],
        withDependencies: values["rules.dependencies"],
        withClaude: values["rules.claudeHome"],
      }
      return switches
    }
  }

  const begin = async (project: RuledProject): Promise<Opened> => {
    const { root, index } = project
    const audit = ({ path, outcome }: { readonly path: string; readonly outcome: string }) => {
      if (outcome === "refused") logger.debug("a path of rules is refused", { root, path })
    }
    const workspace = await openWorkspace({ root, audit })
    const switches = switchesOf(root)
    const rules = openRules({
      root,
      log: `project.${project.id}`,
      workspace,
      library: openLibrary({
        workspace,
        paths: () => (index.freshness().isComplete ? index.files() : undefined),
      }),
      switches,
      load: () => {
        const { withDependencies, withClaude } = switches()
        const { configFolder, home } = options
        return { withDependencies, own: () => ownPlaces({ config: configFolder, home, withClaude, logger }) }
      },
      isWatched: () => project.watching === "events",
      record,
      clock,
      logger,
    })
    // Heard from before the first reading on, so that nothing falls between.
    const stop = index.subscribe((change) => {
      if (change.kind !== "batch") return
      rules.take(change.paths).catch((error) => logger.error("changes of rules could not be read", { root, error }))
    })
    try {
      await rules.reload()
    } catch (error) {
      stop()
      throw error
    }
    return { index, rules, stop, lookedAtMs: Number.NEGATIVE_INFINITY }
  }

  const end = async ({ rules, stop }: Opened) => {
    stop()
    await rules.close()
  }

  return {
    async of(project) {
      const known = await opened.get(project.root)?.catch(() => undefined)
      if (known && known.index === project.index) {
        // Many conversations of a project ask at once. Where the project is watched, only files outside of it could be missed.
        if (project.watching !== "events" || clock.now() - known.lookedAtMs >= restMs) {
          known.lookedAtMs = clock.now()
          // What was read before still holds where the files can't be looked at now.
          await known.rules.look().catch((error) => logger.warn("rules could not be looked at", { error }))
        }
        return known.rules
      }
      // The project was closed and opened anew.
      if (known && opened.delete(project.root)) await end(known)
      let opening = opened.get(project.root)
      if (!opening) {
        opening = begin(project)
        opened.set(project.root, opening)
        opening.catch(() => opened.delete(project.root))
      }
      return (await opening).rules
    },
    async close() {
      const all = await Promise.allSettled(opened.values())
      opened.clear()
      await Promise.all(all.map(async (one) => (one.status === "fulfilled" ? end(one.value) : undefined)))
    },
  }
}
