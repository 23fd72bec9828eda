import { count } from "../../base/text.ts"
import { type Refactoring, type RefactoringTools, type TextEdit, type UnsurePlace, unsureAt } from "./refactoring.ts"
import type { RenameOptions } from "./rename-options.ts"
import type { Target } from "./target.ts"

/** A place at which a name stands. */
export interface Use {
  readonly path: string
  readonly edit: TextEdit
  /** Why it may mean something else; undefined where it is sure. */
  readonly doubt: string | undefined
}

/** The rename at the places that are sure, or at all where the options say so; the others are told. */
export async function renameOf(
  { name }: Target,
  to: string,
  uses: readonly Use[],
  options: RenameOptions,
  { read }: RefactoringTools,
): Promise<Refactoring> {
  const edits = new Map<string, TextEdit[]>()
  const unsure: UnsurePlace[] = []
  for (const { path, edit, doubt } of uses) {
    if (doubt !== undefined) unsure.push(unsureAt(path, (await read(path)).text, edit.start, doubt))
    if (doubt === undefined || options.unsure) edits.set(path, [...(edits.get(path) ?? []), edit])
  }
  const left =
    options.unsure || unsure.length === 0
      ? []
      : [`${count(unsure.length, "place")} left as they are, since it is not sure that they belong to it.`]
  return {
    title: `Rename ${name} to ${to}`,
    notes: [`${count([...edits.values()].flat().length, "place")} in ${count(edits.size, "file")}.`, ...left],
    files: [...edits].map(([path, list]) => ({ path, edits: list })),
    unsure: options.unsure ? [] : unsure,
    by: "syntax",
  }
}
