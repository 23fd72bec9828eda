import { treeWith } from "../../workspace/tree.testing.ts"
import { openWorkspace } from "../../workspace/workspace.ts"
import { indexOf } from "../project.testing.ts"
import { edited, type ReadFile, type Refactoring, type RefactoringTools } from "./refactoring.ts"

/** What refactorings work with, of a folder that goes away with the test. */
export async function projectWith(files: Readonly<Record<string, string>>) {
  const root = treeWith(files)
  const [workspace, index] = await Promise.all([openWorkspace({ root, audit: () => {} }), indexOf(root)])
  const signal = new AbortController().signal
  /** For one refactoring. */
  const tools = (): RefactoringTools => {
    const known = new Map<string, Promise<ReadFile>>()
    return {
      index,
      signal,
      exists: (path) => workspace.exists(path),
      read(path) {
        const file = known.get(path) ?? workspace.read(path)
        known.set(path, file)
        return file
      },
    }
  }
  /** All files after a refactoring, written and indexed. */
  const after = async ({ files: changed }: Refactoring): Promise<Record<string, string>> => {
    for (const { path, to, created, edits } of changed) {
      const text = created ?? edited((await workspace.read(path)).text, edits)
      if (to !== undefined) await workspace.remove(path)
      await workspace.write(to ?? path, text)
    }
    await index.update()
    const now: Record<string, string> = {}
    for (const path of index.files()) now[path] = (await workspace.read(path)).text
    return now
  }
  return { root, workspace, index, tools, after }
}
