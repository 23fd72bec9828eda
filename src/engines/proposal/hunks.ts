import { InvalidInputError } from "../../base/errors.ts"

/** One part of a diff that can be taken or left by itself: a hunk, or a whole file that has none. */
export interface DiffHunk {
  /** 1, 2, 3 ... through the whole diff. */
  readonly number: number
  readonly path: string
  readonly text: string
}

interface FilePart {
  readonly path: string
  readonly head: string
  readonly hunks: readonly DiffHunk[]
}

/** The hunks of a diff that `propose` made, in their order. */
export function hunksIn(diff: string): DiffHunk[] {
  return filesIn(diff).flatMap(({ hunks }) => hunks)
}

/** The diff with the hunks of these numbers alone. Throws InvalidInputError for a number that there is none of. */
export function onlyHunks(diff: string, numbers: readonly number[]): string {
  const wanted = new Set(numbers)
  const files = filesIn(diff)
  const last = files.at(-1)?.hunks.at(-1)?.number ?? 0
  const unknown = numbers.find((number) => !Number.isInteger(number) || number < 1 || number > last)
  if (unknown !== undefined) {
    throw new InvalidInputError({
      code: "NO_HUNK",
      message: `There is no hunk ${unknown}: they are numbered 1 to ${last}.`,
      hint: "`duck proposals show` prints them with their numbers.",
    })
  }
  return files
    .map(({ head, hunks }) => ({ head, kept: hunks.filter(({ number }) => wanted.has(number)) }))
    .filter(({ kept }) => kept.length > 0)
    .map(({ head, kept }) => head + kept.map(({ text }) => text).join(""))
    .join("")
}

/** Lines of a hunk begin with a sign, so that a line that begins so is a file's first. */
function filesIn(diff: string): FilePart[] {
  let number = 0
  return diff
    .split(/^(?=diff --git )/m)
    .filter((part) => part !== "")
    .map((part) => {
      const [head = "", ...bodies] = part.split(/^(?=@@ )/m)
      const path = /^(?:--- a\/|rename from )(.*)$/m.exec(head)?.[1] ?? / b\/(.*)$/m.exec(head)?.[1] ?? ""
      const texts = bodies.length > 0 ? bodies : [""]
      return { path, head, hunks: texts.map((text) => ({ number: ++number, path, text })) }
    })
}
