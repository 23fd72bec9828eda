import type { CodeIndex } from "../../code/code-index.ts"
import type { Git } from "../../workspace/git.ts"
import type { ContextSource, Gather } from "../context.ts"
import { gatherer } from "../packing/gather.ts"
import { changesSource } from "./changes.ts"
import { filesSource } from "./files.ts"
import { searchSource } from "./search.ts"
import { symbolsSource } from "./symbols.ts"

/** What a project itself has to give, in the order in which prompts have it: what changes least stands first. */
export const projectSources = ({
  index,
  git,
}: {
  readonly index: CodeIndex
  readonly git: Git | null
}): ContextSource[] => [searchSource(index), symbolsSource(index), filesSource(index), changesSource(git)]

/** `others`: sources of floors above, before those of the project. */
export const projectGather = (
  project: Parameters<typeof projectSources>[0],
  others: readonly ContextSource[] = [],
): Gather => gatherer([...others, ...projectSources(project)])
