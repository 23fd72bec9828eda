import { InvalidInputError } from "../../base/errors.ts"

/** A command line that says something we do not understand: exit code 2, with what to type instead. */
export class UsageError extends InvalidInputError {
  constructor(message: string, hint?: string) {
    super({ code: "USAGE", message, hint })
  }
}
