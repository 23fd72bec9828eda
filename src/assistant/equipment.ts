import type { Rule } from "../access/permissions/rule.ts"
import type { Blobs } from "../fabric/ports.ts"
import type { Message, Model } from "../models/model.ts"
import type { CheckpointsOptions } from "../workspace/checkpoints/checkpoints.ts"
import type { SharedCheckpoints } from "../workspace/checkpoints/shared-checkpoints.ts"
import { revealedJson } from "../workspace/secrets/reveal.ts"
import { openWeb } from "../workspace/web/web.ts"
import { delegates } from "./agents/delegates.ts"
import { type Line, limitsOf, toolsOf } from "./agents/line.ts"
import { spending } from "./agents/spending.ts"
import type { Assistant, Equipment } from "./assistant.ts"
import type { StrategyName } from "./compaction/strategies.ts"
import type { LiveConversation } from "./conversation/live.ts"
import { gateOf } from "./gate.ts"
import { hookedTools } from "./hooks/hooks.ts"
import type { HookChoice } from "./hooks/sources.ts"
import { turnHooks } from "./hooks/turn-hooks.ts"
import { chosenFiles } from "./prompt/chosen-files.ts"
import { composer } from "./prompt/compose.ts"
import { type StandingOptions, standings } from "./standing.ts"
import type { ToolServices } from "./tools/services.ts"
import { toolbox } from "./tools/toolbox.ts"
import { turnCheckpoints } from "./turn-checkpoints.ts"

export interface EquipmentOptions extends StandingOptions {
  readonly fabric: CheckpointsOptions["fabric"]
  readonly checkpoints: Pick<SharedCheckpoints, "use">
  readonly assistant: () => Assistant
  readonly hooks: () => HookChoice
  readonly blobs: Blobs
  readonly model: Model
  /** Of a model as the user names it; null where it is not known. */
  readonly contextTokens: (model: string) => Promise<number | null>
  /** Of organisation, user and project, by the project's root. */
  readonly rules: (root: string) => readonly Rule[]
  /** The model that the user has named for a class that rules ask for. */
  readonly modelOfClass: (name: string) => string | undefined
  readonly strategy: StrategyName
  readonly limits: { readonly maxSteps: number; readonly maxCostUsd: number }
}

/** What the turns of conversations are run with. What has to stay the same for a conversation is made once for it. */
export function equipment(options: EquipmentOptions) {
  /** A turn of theirs was run here. */
  const equipped = new WeakSet<LiveConversation>()
  const budgets = spending()
  const { assistant, fabric } = options
  const delegate = delegates({ assistant, store: fabric.store, spending: budgets })
  const recorded = turnCheckpoints(options.checkpoints, options.logger)
  const standing = standings({ ...options, settle: recorded.settle })

  const lineOf = async (conversation: LiveConversation): Promise<Line<LiveConversation>> => {
    const { parent } = conversation.state
    if (!parent) return [conversation]
    const [first, ...rest] = await lineOf(await assistant().open(parent.conversation))
    return [first, ...rest, conversation]
  }

  const equip = async (conversation: LiveConversation, actor: string): Promise<Equipment> => {
    const { services: own, system, remembered, masker, programs, kinds, ruled } = await standing.of(conversation, actor)
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
      reveal: (json) => revealedJson(json, masker),
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
      const { system, remembered } = await standing.of(conversation, actor)
      return [...system, ...(await remembered(actor))]
    },
    /** Ends every program that conversations have started, and closes what they hold. */
    close: standing.close,
  }
}

async function base64Of(blobs: Blobs, id: string): Promise<string> {
  const parts: Uint8Array[] = []
  for await (const part of blobs.get(id)) parts.push(part)
  return Buffer.concat(parts).toString("base64")
}
