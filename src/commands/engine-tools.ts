import type { ContextNeed } from "../context/context.ts"
import type { EngineTools } from "../engines/pipeline/engine.ts"
import type { CommandContext } from "./context.ts"
import { readyProject } from "./indexed.ts"
import { workspaceAt } from "./workspace-of.ts"

/** Of all rules that hold, most tokens in an engine's prompt. */
const rulesTokens = 6_000

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
  const [sources, { openPrompts }, { maskerOf }, rules] = await Promise.all([
    import("../context/sources/sources.ts"),
    import("../context/prompts/open-prompts.ts"),
    import("../workspace/secrets/project-masker.ts"),
    host.rules().then((book) => book.of(project)),
  ])
  return {
    root,
    index,
    workspace,
    models: host.models,
    masker: await maskerOf(workspace, context.logger),
    gather: sources.projectGather({ index, git }),
    prompts: openPrompts({ record: async () => {} }),
    async rulesFor({ paths, focus, language, task, engine, user }: ContextNeed) {
      const path = focus?.path ?? paths[0]
      const applied = rules.applicable({ path, language, task: `${engine}: ${task}`, budgetTokens: rulesTokens, user })
      rules.used(applied.rules)
      return applied.rules
    },
    rulesCritic: rules.critic({ user: actor.id, task: command }),
    attribution: { user: actor.id, project: root, command },
    signal,
    progress: (phase, message) => context.progress({ phase, message }),
    said: (text) => context.tell({ text }),
  }
}
