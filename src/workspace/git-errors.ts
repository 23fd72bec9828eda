import { DuckError } from "../base/errors.ts"
import { printable } from "./errors.ts"

/** The commit or name is not in the repository: mistyped, rewritten away, or cut off in a shallow clone. */
export class UnknownRevisionError extends DuckError {
  constructor(revision: string, isShallow: boolean) {
    super({
      code: "UNKNOWN_REVISION",
      message: `The repository has no revision ${JSON.stringify(revision.slice(0, 100))}.`,
      hint: isShallow
        ? "This clone is shallow; `git fetch --unshallow` brings the rest of the history."
        : "Check the name; history may have been rewritten since.",
      status: 404,
      details: { revision: revision.slice(0, 100), isShallow },
    })
  }
}

/** Git does not know the path at that revision: never committed, or committed under another name. */
export class NotInHistoryError extends DuckError {
  constructor(path: string, revision: string) {
    super({
      code: "NOT_IN_HISTORY",
      message: `Git has no file ${printable(path)} at ${revision.slice(0, 100)}.`,
      hint: "A file that was never committed has no history; one that was renamed has it under its old name.",
      status: 404,
      details: { path: printable(path), revision: revision.slice(0, 100) },
    })
  }
}
