import type { CodeIndex } from "../../code/code-index.ts"
import type { Git } from "../../workspace/git.ts"
import type { ContextSource } from "../context.ts"
import { changesSource } from "./changes.ts"
import { type Diagnose, diagnosticsSource } from "./diagnostics.ts"
import { filesSource } from "./files.ts"
import { openFilesSource } from "./open-files.ts"
import { searchSource } from "./search.ts"
import { symbolsSource } from "./symbols.ts"

/** What a project itself has to give, in the order in which prompts have it: what changes least stands first. */
export const projectSources = ({
  index,
  git,
  diagnose,
}: {
  readonly index: CodeIndex
  readonly git: Git | null
  /** Undefined where programs may not be run. */
  readonly diagnose?: Diagnose | undefined
}): ContextSource[] => [
  searchSource(index),
  symbolsSource(index),
  filesSource(index),
  openFilesSource(index),
  changesSource(git, index),
  ...(diagnose ? [diagnosticsSource(diagnose)] : []),
]
