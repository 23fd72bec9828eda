import { throwIfAborted } from "../../base/signal.ts"
import { count } from "../../base/text.ts"
import { liesIn } from "../../workspace/lies-in.ts"
import { type Refactoring, RefactoringRefusedError, type RefactoringTools } from "./refactoring.ts"
import { grammarOf } from "./sources.ts"

export interface EachFile {
  /** "Organise the imports of". */
  readonly what: string
  /** "api", "3 members". */
  readonly of: string
  /** Folders, posix and relative to the root. */
  readonly folders: readonly string[]
  /** Of one file. Throws RefactoringRefusedError where there is nothing to do. */
  one(path: string, tools: RefactoringTools): Promise<Refactoring>
}

/** Of each file so many words are said; of more files only how many they are. */
const mostTold = 30

/**
 * One refactoring in every file of some folders whose names are understood, as a single change. Throws
 * RefactoringRefusedError where there is nothing to do in any of them.
 */
export async function inEachFile({ what, of, folders, one }: EachFile, tools: RefactoringTools): Promise<Refactoring> {
  const paths = tools.index.files().filter((path) => liesIn(path, folders) && grammarOf(path) !== undefined)
  const made: { readonly path: string; readonly refactoring: Refactoring }[] = []
  const left: string[] = []
  for (const path of paths) {
    throwIfAborted(tools.signal)
    try {
      await tools.read(path)
    } catch (error) {
      if (!(error instanceof RefactoringRefusedError)) throw error
      left.push(`Left as it is: ${error.message}`)
      continue
    }
    try {
      made.push({ path, refactoring: await one(path, tools) })
    } catch (error) {
      if (!(error instanceof RefactoringRefusedError)) throw error
    }
  }
  const looked = `${count(paths.length, "file")} of JavaScript, TypeScript and Python`
  if (made.length === 0) throw new RefactoringRefusedError(`There is nothing to do in ${of}: ${looked} looked at.`)
  const told = made.slice(0, mostTold).map(({ path, refactoring }) => `- \`${path}\`: ${refactoring.notes[0] ?? ""}`)
  const more = made.length > mostTold ? [`- ${made.length - mostTold} more`] : []
  return {
    title: `${what} ${of}`,
    notes: [`In ${count(made.length, "file")} of ${looked}.`, [...told, ...more].join("\n"), ...left],
    files: made.flatMap(({ refactoring }) => refactoring.files),
    unsure: made.flatMap(({ refactoring }) => refactoring.unsure),
    by: "syntax",
  }
}
