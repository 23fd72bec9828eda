import { InvalidInputError } from "../../base/errors.ts"
import type { EachFile } from "../../code/refactorings/each-file.ts"
import type { CommandContext } from "../context.ts"
import { membersOf, spokenMembers } from "../members.ts"
import { runExact } from "./finish.ts"
import { plainPath } from "./paths.ts"
import type { RefactorAnswer, RefactorChoices } from "./shapes.ts"

/** A refactoring of a file, or of each file of members. Throws InvalidInputError unless one of the two is named. */
export async function runEach(
  {
    what,
    file,
    member,
    one,
  }: Pick<EachFile, "what" | "one"> & { readonly file?: string | undefined; readonly member: readonly string[] },
  choices: RefactorChoices,
  context: CommandContext,
): Promise<RefactorAnswer> {
  if ((file === undefined) === (member.length === 0)) {
    throw new InvalidInputError({
      message: file === undefined ? "Say which file." : "A file and --member don't go together.",
      hint: "Name a file, or members of the workspace with --member.",
    })
  }
  if (file !== undefined) return runExact((tools) => one(plainPath(file), tools), choices, context)
  const members = await membersOf(member, context)
  const { inEachFile } = await import("../../code/refactorings/each-file.ts")
  const folders = members.map(({ path }) => path)
  return runExact(
    (tools) => inEachFile({ what, of: spokenMembers(members), folders, one }, tools),
    choices,
    context,
    members,
  )
}
