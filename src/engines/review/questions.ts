import { count } from "../../base/text.ts"
import type { Review } from "./review.ts"

const mostQuestions = 8

/** What a reviewer would ask the author, of the facts alone. */
export function questionsOf({
  files,
  symbols,
  missingTests,
}: Pick<Review, "files" | "symbols" | "missingTests">): string[] {
  const questions: string[] = []
  for (const { name, change, uses, path, from, isExported } of symbols) {
    const left = uses.filter(({ isTouched }) => !isTouched)
    const [first] = left
    if (change === "signature" && first) {
      const places = `${first.path}:${first.line}${left.length > 1 ? ` and ${count(left.length - 1, "other place")}` : ""}`
      questions.push(`\`${name}\` (${path}) is called otherwise now: does ${places} still mean what it says?`)
    }
    if (isExported && change === "removed") {
      questions.push(`\`${name}\` of ${path} was exported and is gone: does anyone outside of this repository use it?`)
    }
    if (isExported && change === "renamed") {
      questions.push(`${from} is called \`${name}\` now: is the old name kept for those who use it from outside?`)
    }
  }
  const touching = (kind: string) => files.filter(({ sensitive }) => sensitive.includes(kind)).map(({ path }) => path)
  const [migration] = touching("migration")
  if (migration)
    questions.push(`${migration} changes stored data: how is it taken back, and what runs while it is done?`)
  const [concurrent] = touching("concurrency")
  if (concurrent)
    questions.push(`${concurrent} has to do with things at the same time: which test would fail on a race?`)
  const [guarded] = touching("security")
  if (guarded)
    questions.push(
      `${guarded} has to do with security: what does it refuse that it did not refuse before, and the reverse?`,
    )
  const [untested] = missingTests
  if (untested) {
    const more = missingTests.length > 1 ? ` (and ${missingTests.length - 1} more)` : ""
    questions.push(`Which test shows that \`${untested.name}\`${more} does what this change wants?`)
  }
  return questions.slice(0, mostQuestions)
}
