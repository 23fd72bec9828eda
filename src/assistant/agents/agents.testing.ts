import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { configReader } from "../../access/config-reader.ts"
import type { Mode } from "../../access/permissions/mode.ts"
import { trustStore } from "../../access/permissions/trust-store.ts"
import { systemClock } from "../../base/clock.ts"
import { newId } from "../../base/ids.ts"
import { openProjects } from "../../code/projects.ts"
import { openRuleBook } from "../../context/rules/rule-book.ts"
import { openFabric } from "../../fabric/embedded/fabric.ts"
import type { Model } from "../../models/model.ts"
import { end, type Step, start } from "../../models/scripted.testing.ts"
import { silentLogger } from "../../observe/log.ts"
import { sharedCheckpoints } from "../../workspace/checkpoints/shared-checkpoints.ts"
import { type Assistant, openAssistant } from "../assistant.ts"
import { type ConversationEvent, readConversationEvent } from "../conversation/events.ts"
import { streamOfConversation } from "../conversation/live.ts"
import { equipment } from "../equipment.ts"
import { openMemory } from "../memory/memory.ts"
import { sealing } from "../memory/sealing.ts"

export interface World {
  readonly top: string
  readonly root: string
  readonly assistant: Assistant
  /** Of a conversation, as they are stored. */
  events(id: string): readonly ConversationEvent[]
  read(path: string): string
  /** The process ends, and what ran is suspended. */
  close(): Promise<void>
}

/** An empty project with files, to be opened by one process after the other; removed by `cleanups`. */
export function folderWith(files: Readonly<Record<string, string>>, cleanups: (() => unknown)[]): string {
  const top = realpathSync(mkdtempSync(join(tmpdir(), "duck-agents-")))
  cleanups.push(() => rmSync(top, { recursive: true, force: true }))
  const root = join(top, "project")
  mkdirSync(root)
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(top, path)), { recursive: true })
    writeFileSync(join(top, path), text)
  }
  return top
}

type Options = Parameters<typeof equipment>[0]

/** One process with its assistant over a folder of `folderWith`: files under `project/`, the user's home in `home/`. */
export async function worldIn(top: string, model: Model, more: Partial<Options> = {}): Promise<World> {
  const root = join(top, "project")
  const data = join(top, "data")
  const fabric = await openFabric({ folder: data })
  const projects = openProjects({ dataFolder: data, watches: false })
  const plain = sealing({ secrets: { get: () => undefined, set: () => {} }, isEncrypting: () => false })
  const memory = await openMemory({ fabric, sealing: plain, clock: systemClock })
  const checkpoints = sharedCheckpoints({ dataFolder: data, fabric })
  const config = configReader({ folders: { data, config: join(top, "config"), state: join(top, "state") }, env: {} })
  const book = await openRuleBook({
    ...{ fabric, config, configFolder: join(top, "config"), home: join(top, "home") },
    ...{ clock: systemClock, logger: silentLogger },
  })
  const agents = equipment({
    project: (folder) => projects.open(folder),
    fabric,
    checkpoints,
    rows: () => assistant.rows,
    assistant: () => assistant,
    hooks: () => ({ on: {}, trust: trustStore(data) }),
    memory,
    blobs: fabric.blobs,
    model,
    contextTokens: async () => 100_000,
    rules: () => [],
    projectRules: (project) => book.of(project),
    rulesBudget: () => 16_000,
    modelOfClass: () => undefined,
    home: join(top, "home"),
    dataFolder: data,
    platform: process.platform,
    audit: { note: () => {}, record: async () => 0, flush: async () => {} },
    logger: silentLogger,
    strategy: "truncation",
    limits: { maxSteps: 20, maxCostUsd: 1 },
    ...more,
  })
  const { ownership, store, views } = fabric
  const assistant: Assistant = await openAssistant({
    ...{ ownership, store, views, model, memory, equip: agents.equip, system: agents.system },
    ...{ clock: systemClock, logger: silentLogger },
  })
  let closed: Promise<void> | undefined
  return {
    top,
    root,
    assistant,
    events: (id) =>
      [...store.stream("project.test", streamOfConversation(id))].flatMap(({ events }) =>
        events.flatMap((stored) => {
          const one = readConversationEvent(stored)
          return one ? [one] : []
        }),
      ),
    read: (path) => readFileSync(join(root, path), "utf8"),
    close() {
      closed ??= (async () => {
        await assistant.close()
        await agents.close()
        await checkpoints.close()
        await book.close()
        await projects.close()
        await fabric.close()
      })()
      return closed
    },
  }
}

export async function begun({ assistant, root }: World, mode: Mode = "auto"): Promise<string> {
  return assistant.start({ log: "project.test", root, title: "t", mode, model: "" }, "ada")
}

/** An answer that calls tools; the ids of calls are new each time. */
export const calling = (...list: readonly (readonly [name: string, args: object])[]): Step[] => [
  start(),
  ...list.map(
    ([name, args], index): Step => ({
      kind: "tool-call",
      index,
      id: `call_${newId()}`,
      name,
      arguments: JSON.stringify(args),
    }),
  ),
  end({}, "tool-calls"),
]

/** Asks one model for what agents say, and another for the conversation that a person speaks to. */
export const byRole =
  (person: Model, agent: Model): Model =>
  (request, signal) =>
    (JSON.stringify(request.messages.slice(0, 3)).includes("work for another agent") ? agent : person)(request, signal)
