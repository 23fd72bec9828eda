import type { Audit } from "../access/audit.ts"
import type { Rule } from "../access/permissions/rule.ts"
import type { Clock } from "../base/clock.ts"
import type { Project } from "../code/project.ts"
import type { Rules } from "../context/rules/rules.ts"
import type { Blobs } from "../fabric/ports.ts"
import type { Message, Model } from "../models/model.ts"
import type { Logger } from "../observe/log.ts"
import type { CheckpointsOptions } from "../workspace/checkpoints/checkpoints.ts"
import type { SharedCheckpoints } from "../workspace/checkpoints/shared-checkpoints.ts"
import type { SecretMasker } from "../workspace/secrets/mask.ts"
import { openWeb } from "../workspace/web/web.ts"
import { openWorkspace } from "../workspace/workspace.ts"
import { delegates } from "./agents/delegates.ts"
import type { AgentKind } from "./agents/kind.ts"
import { type Line, limitsOf, toolsOf } from "./agents/line.ts"
import { spending } from "./agents/spending.ts"
import type { Assistant, Equipment } from "./assistant.ts"
import type { StrategyName } from "./compaction/strategies.ts"
import type { AgentBounds } from "./conversation/events.ts"
import type { LiveConversation } from "./conversation/live.ts"
import type { ConversationRows } from "./conversation/view.ts"
import { gateOf } from "./gate.ts"
import { hookedTools } from "./hooks/hooks.ts"
import type { HookPrograms } from "./hooks/programs.ts"
import type { HookChoice } from "./hooks/sources.ts"
import { turnHooks } from "./hooks/turn-hooks.ts"
import type { Memory } from "./memory/memory.ts"
import { memoryBudgetTokens, memoryMessages } from "./memory/message.ts"
import { openPrograms } from "./programs.ts"
import { chosenFiles } from "./prompt/chosen-files.ts"
import { composer } from "./prompt/compose.ts"
import { type ConversationRules, conversationRules } from "./prompt/rules.ts"
import { systemMessages } from "./prompt/system.ts"
import { maskerOf, revealed } from "./secrets.ts"
import { catalogueOf } from "./skills/catalogue.ts"
import { listingMessages } from "./skills/listing.ts"
import type { ToolServices } from "./tools/services.ts"
import { toolbox } from "./tools/toolbox.ts"
import { turnCheckpoints } from "./turn-checkpoints.ts"

export interface EquipmentOptions {
  readonly project: (root: string) => Promise<Project>
  readonly fabric: CheckpointsOptions["fabric"]
  readonly checkpoints: Pick<SharedCheckpoints, "use">
  readonly clock: Clock
  readonly rows: () => ConversationRows
  readonly assistant: () => Assistant
  readonly hooks: () => HookChoice
  readonly memory: Memory
  readonly blobs: Blobs
  readonly model: Model
  /** Of a model as the user names it; null where it is not known. */
  readonly contextTokens: (model: string) => Promise<number | null>
  /** Of organisation, user and project, by the project's root. */
  readonly rules: (root: string) => readonly Rule[]
  /** What a project wants of whoever works in it. */
  readonly projectRules: (project: Project) => Promise<Rules>
  /** The most tokens of those rules at the beginning of a conversation in a folder. */
  readonly rulesBudget: (root: string) => number
  /** The model that the user has named for a class that rules ask for. */
  readonly modelOfClass: (name: string) => string | undefined
  readonly home: string
  /** Of RubberDuck; no program an agent runs ever sees it. */
  readonly dataFolder: string
  readonly platform: string
  readonly audit: Audit
  readonly logger: Logger
  readonly strategy: StrategyName
  readonly limits: { readonly maxSteps: number; readonly maxCostUsd: number }
}

/** What the turns of conversations are run with. What has to stay the same for a conversation is made once for it. */
export function equipment(options: EquipmentOptions) {
  const fixed = new WeakMap<LiveConversation, Promise<Fixed>>()
  /** Programs of conversations that are open. */
  const opened = new Set<() => Promise<void>>()
  /** A turn of theirs was run here. */
  const equipped = new WeakSet<LiveConversation>()
  const budgets = spending()
  const { assistant, fabric } = options
  const delegate = delegates({ assistant, store: fabric.store, spending: budgets })
  const recorded = turnCheckpoints(options.checkpoints, options.logger)

  const lineOf = async (conversation: LiveConversation): Promise<Line<LiveConversation>> => {
    const { parent } = conversation.state
    if (!parent) return [conversation]
    const [first, ...rest] = await lineOf(await assistant().open(parent.conversation))
    return [first, ...rest, conversation]
  }

  const fixedOf = (conversation: LiveConversation, actor: string): Promise<Fixed> => {
    const known = fixed.get(conversation)
    if (known) return known
    const made = make(conversation, actor)
    fixed.set(conversation, made)
    made.catch(() => fixed.delete(conversation))
    return made
  }

  const make = async (conversation: LiveConversation, actor: string): Promise<Fixed> => {
    const { root, agent } = conversation.state
    const audit = (event: { readonly path: string; readonly outcome: "done" | "refused" | "failed" }) => {
      if (event.outcome !== "refused") return
      options.audit.note({ actor: conversation.id, action: "path.refused", target: event.path, outcome: "refused" })
    }
    const [workspace, project] = await Promise.all([openWorkspace({ root, audit }), options.project(root)])
    const { home, dataFolder } = options
    const opening = { conversation: conversation.id, project, home, dataFolder, audit: options.audit }
    const { processes, hooks: programs, close: end } = await openPrograms(opening)
    await recorded.settle(project, actor)
    opened.add(end)
    const close = () => {
      opened.delete(end)
      end().catch((error) => options.logger.error("a conversation did not close", { error }))
    }
    if (conversation.lost.aborted) close()
    else conversation.lost.addEventListener("abort", close, { once: true })
    const { what: protection } = await processes.protection()
    const masker = await maskerOf(workspace, options.logger)
    const catalogue = await catalogueOf({ root, home, logger: options.logger })
    const ruled = conversationRules({
      rules: await options.projectRules(project),
      conversation,
      workspace,
      user: actor,
      task: firstWords(conversation),
      budgetTokens: options.rulesBudget(root),
    })
    const system = [
      ...systemMessages({ root, platform: options.platform, protection }),
      ...ruled.messages,
      ...(agent ? [agentMessage(agent)] : []),
      ...listingMessages(catalogue),
    ]
    const { memory } = options
    const told = new Map<string, Promise<Message[]>>()
    /** Once for each who speaks in it: a beginning that changes costs the user the provider's cache. */
    const remembered = (user: string): Promise<Message[]> => {
      const known = told.get(user)
      if (known) return known
      const about = { query: firstWords(conversation), project: conversation.log, budgetTokens: memoryBudgetTokens }
      const made = memory.recalled({ ...about, user }).then((recalled) => memoryMessages(recalled, masker.mask))
      told.set(user, made)
      made.catch(() => told.delete(user))
      return made
    }
    return {
      services: { workspace, project, processes, conversation, rows: options.rows(), memory, skills: catalogue.skills },
      kinds: catalogue.agents,
      ruled,
      system,
      remembered,
      masker,
      programs,
    }
  }

  const equip = async (conversation: LiveConversation, actor: string): Promise<Equipment> => {
    const { services: own, system, remembered, masker, programs, kinds, ruled } = await fixedOf(conversation, actor)
    // Files of rules that no watcher hears of are looked at again with each turn.
    await options.projectRules(own.project)
    const { home, logger } = options
    const isNew = !equipped.has(conversation)
    equipped.add(conversation)
    const hooked = await turnHooks({ conversation, home, choice: options.hooks(), programs, isNew, logger })
    const line = await lineOf(conversation)
    const [person, ...agents] = line
    const tools = ruled.ruled(toolsOf(toolbox, line))
    const { root, wishes } = conversation.state
    // A class is only asked for where the user has named no model, and has one for the class.
    const preferred = ruled.modelClass === undefined ? "" : (options.modelOfClass(ruled.modelClass) ?? "")
    const model = conversation.state.model || preferred
    const most = wishes.maxCostUsd ?? options.limits.maxCostUsd
    // An agent that a person speaks to, while nothing runs above it, has a turn of its own.
    const cost =
      agents.length > 0 && person.state.turn ? budgets.share(person, conversation) : budgets.begin(conversation, most)
    const limits = {
      maxSteps: wishes.maxSteps ?? options.limits.maxSteps,
      get maxCostUsd() {
        return cost.maxCostUsd
      },
    }
    const services: ToolServices = { ...own, agents: { delegate, kinds, line }, web: openWeb() }
    const gate = gateOf({
      // Of whoever a person speaks to: an agent has nothing of its own but limits.
      state: () => person.state,
      rules: () => options.rules(root),
      limits: () => limitsOf(line),
      ...(hooked && { consult: hooked.hooks.judge }),
      tools: toolbox,
      place: { root, home: options.home },
      actor,
      audit: options.audit,
    })
    const prompt = composer({
      conversation,
      actor,
      command: wishes.command ?? "chat",
      tools,
      system: [...system, ...(await remembered(actor))],
      pictures: (blob) => base64Of(options.blobs, blob),
      mask: masker.mask,
      files: (budgetTokens, signal) =>
        chosenFiles({
          files: conversation.state.contextFiles ?? [],
          workspace: own.workspace,
          gate,
          mask: masker.mask,
          budgetTokens,
          signal,
        }),
      model: options.model,
      preferred,
      contextTokens: await options.contextTokens(model),
      strategy: options.strategy,
      ...(hooked && { beforeCompact: hooked.beforeCompact }),
    })
    return {
      tools: hooked ? hookedTools(tools, hooked.hooks) : tools,
      services,
      gate,
      prompt: prompt.prompt,
      reveal: revealed(masker),
      ...(hooked?.beforeTurn && { beforeTurn: hooked.beforeTurn }),
      async beforeEnd(signal) {
        return (await ruled.beforeEnd(signal)) ?? (await hooked?.beforeEnd?.(signal))
      },
      endPrograms: async (turn) => {
        await own.processes.endTurn(turn)
      },
      checkpoint: (turn, at) => recorded.take({ project: own.project, line, conversation, turn, at, actor }),
      async treeNow(signal) {
        await services.project.refresh(signal)
        return services.project.index.freshness().tree
      },
      limits,
    }
  }

  return {
    equip,
    /** What a turn of the conversation begins its prompts with. */
    async system(conversation: LiveConversation, actor: string): Promise<readonly Message[]> {
      const { system, remembered } = await fixedOf(conversation, actor)
      return [...system, ...(await remembered(actor))]
    },
    /** Ends every program that conversations have started, and closes what they hold. */
    close: async () => {
      await Promise.all([...opened].map((end) => end()))
    },
  }
}

interface Fixed {
  readonly services: Omit<ToolServices, "agents" | "web">
  readonly system: ReturnType<typeof systemMessages>
  readonly ruled: ConversationRules
  /** What is remembered for someone who speaks in it: their own, and the project's. */
  readonly remembered: (user: string) => Promise<Message[]>
  readonly masker: SecretMasker
  readonly programs: HookPrograms
  readonly kinds: ReadonlyMap<string, AgentKind>
}

/** Stays the same for the agent's life: it is in the log. */
const agentMessage = ({ name, instructions }: AgentBounds): Message => ({
  role: "system",
  parts: [
    {
      kind: "text",
      text: `You are the agent "${name}" and work for another agent, not for a person. Nobody reads along: your last answer
is your report, and all that is kept of your work. You can do no more than whoever you work for.\n\n${instructions}`,
    },
  ],
  section: "system",
})

/** What a conversation is about: what the user said first in it, as far as it is in the window, and the goal. */
function firstWords({ state, window }: LiveConversation): string {
  const first = window.find(({ kind }) => kind === "user")
  const said = first?.kind === "user" ? first.parts.map((part) => (part.kind === "text" ? part.text : "")) : []
  return [...said, state.ledger.goal].join("\n")
}

async function base64Of(blobs: Blobs, id: string): Promise<string> {
  const parts: Uint8Array[] = []
  for await (const part of blobs.get(id)) parts.push(part)
  return Buffer.concat(parts).toString("base64")
}
