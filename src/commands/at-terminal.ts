import { InvalidInputError } from "../base/errors.ts"

/** The answer to a request for something that only a client can do itself. */
export function onlyAtTerminal(line: string): InvalidInputError {
  return new InvalidInputError({
    code: "ONLY_AT_TERMINAL",
    message: `\`${line}\` runs in a terminal, not on the server.`,
    hint: `Type \`${line}\` where you want it.`,
  })
}
