import { permits } from "../access/actor.ts"
import type { ContextSource } from "../context/context.ts"
import type { Diagnose } from "../context/sources/diagnostics.ts"
import type { EngineTools } from "../engines/pipeline/engine.ts"
import type { LogId } from "../fabric/ports.ts"
import type { CommandContext, Host } from "./context.ts"
import { readyProject } from "./indexed.ts"
import { programsAt } from "./programs.ts"
import { promptsOf } from "./prompt/prompts-of.ts"
import { currentAssistant, named } from "./session/sessions.ts"
import { workspaceAt } from "./workspace-of.ts"

/** Of all rules that hold, most tokens in an engine's prompt. */
const rulesTokens = 6_000
/** Of the files of a task, so many are asked about. */
const mostRulePaths = 5

/**
 * What an engine works with, for a call of `command`: the caller's project once it is indexed, every source of context,
 * prompts, rules and models. Text that a model writes is told to the caller as it comes.
 */
export async function engineTools(
  context: CommandContext,
  { command }: { readonly command: string },
): Promise<EngineTools> {
  const project = await readyProject(context)
  const { root, index, git } = project
  const { host, actor, signal } = context
  const workspace = await workspaceAt(root, context)
  const [{ projectSources }, { gatherer }, prompts, { maskerOf }, rules] = await Promise.all([
    import("../context/sources/sources.ts"),
    import("../context/packing/gather.ts"),
    promptsOf(context, project),
    import("../workspace/secrets/project-masker.ts"),
    host.rules().then((book) => book.of(project)),
  ])
  const masker = await maskerOf(workspace, context.logger)
  const log: LogId = `project.${project.id}`
  const sources = [
    remembered(host, log),
    ...projectSources({ index, git, diagnose: checkersOf(root, context) }),
    conversations(host, { project: log, mask: masker.mask }),
  ]
  return {
    root,
    index,
    workspace,
    models: host.models,
    masker,
    gather: gatherer(sources),
    prompts,
    async rulesFor({ paths, focus, language, task, engine, user }) {
      const about = focus ? [focus.path, ...paths] : paths
      const asked = about.length > 0 ? about.slice(0, mostRulePaths) : [undefined]
      const all = asked.map((path) =>
        rules.applicable({ path, language, task: `${engine}: ${task}`, budgetTokens: rulesTokens, user }),
      )
      const held = [...new Map(all.flatMap((one) => one.rules).map((rule) => [rule.id, rule])).values()]
      rules.used(held)
      const wish = all.find(({ model }) => model)?.model?.class
      const isNamed = wish !== undefined && Object.hasOwn(context.config().values["llm.aliases"], wish)
      return {
        rules: held,
        model: isNamed ? wish : undefined,
        chunking: all.find(({ chunking }) => chunking)?.chunking,
      }
    },
    rulesCritic: rules.critic({ user: actor.id, task: command }),
    attribution: { user: actor.id, project: root, command },
    signal,
    progress: (phase, message) => context.progress({ phase, message }),
    said: (text) => context.tell({ text }),
  }
}

/** The assistant, which keeps what is remembered, is loaded only where a model is asked. */
const remembered = (host: Host, project: LogId): ContextSource => ({
  name: "memory",
  async gather(need, signal) {
    const [{ memorySource }, { memory }] = await Promise.all([
      import("../assistant/memory/source.ts"),
      host.assistant(),
    ])
    return memorySource(memory, project).gather(need, signal)
  },
})

/** The conversation that is named, as people type ids. */
const conversations = (
  host: Host,
  options: { readonly project: LogId; mask(text: string): string },
): ContextSource => ({
  name: "conversation",
  async gather({ session, ...need }, signal) {
    if (session === undefined) return []
    const [{ conversationSource }, assistant] = await Promise.all([
      import("../assistant/conversation/source.ts"),
      currentAssistant(host),
    ])
    const { id } = named(assistant, session)
    return conversationSource(assistant.rows, options).gather({ ...need, session: id }, signal)
  },
})

/** Type checkers and linters are programs of the project: whoever may not write may not run them. */
function checkersOf(root: string, context: CommandContext): Diagnose | undefined {
  if (!permits(context.actor, "write")) return undefined
  return async (paths, signal) => {
    const { diagnose } = await import("../workspace/diagnostics/diagnose.ts")
    const processes = await programsAt("context", context)(root, [])
    try {
      return await diagnose({ root, processes, paths, signal })
    } finally {
      await processes.close()
    }
  }
}
