import { z } from "zod"
import { InvalidInputError } from "../base/errors.ts"
import { defineCommand } from "./command.ts"
import { ContextFlags, ModelFlags } from "./engine-run.ts"
import { makeAll, placesFor } from "./generate/make.ts"
import { GenerateOutput, generateBlocks, generateChoice, generateExit } from "./generate/shapes.ts"
import { entriesOf } from "./generate/wishes.ts"
import { indexingTimeoutMs } from "./indexed.ts"
import { ChangeFlags } from "./proposal/shapes.ts"
import { workspaceOf } from "./workspace-of.ts"

export const generate = defineCommand({
  name: "generate",
  summary: "Write new code from a description, in the project's conventions",
  description:
    "With its test and its registration, where neighbours have them. What is made is parsed, its imports are looked up and " +
    "the project's type checkers look at it in a copy; what they mind goes back to the model, or is shown. Without a model: a " +
    "scaffold like the nearest neighbour.",
  examples: [
    { line: 'duck generate "a route that lists the orders of a user"', says: "shows what would be written" },
    { line: 'duck generate "a retry with backoff" --file src/retry.ts --apply', says: "and writes it" },
    { line: "duck generate --from todo.md --dry-run", says: "one for each entry of a list" },
  ],
  input: z.object({
    description: z.string().trim().max(20_000).optional().describe("What is to be made, in your own words"),
    file: z.string().min(1).max(4_096).optional().describe("Where it goes, relative to the project's root"),
    framework: z.string().max(200).optional().describe("What it is written with: fastify, React, pytest"),
    name: z.string().max(200).optional().describe("What it is called; for scaffolds"),
    from: z.string().max(4_096).optional().describe("A list (.md or .json) of what is to be made"),
    member: z.array(z.string()).default([]).describe("For this member of a workspace, by name or path"),
    check: z.boolean().default(true).describe("Have the types checked in a copy; --no-check leaves it out"),
    ...ModelFlags,
    ...ContextFlags,
    ...ChangeFlags,
  }),
  output: GenerateOutput,
  positionals: ["description"],
  takesRest: true,
  permission: "write",
  timeoutMs: indexingTimeoutMs,
  async run({ description, file, framework, name, from, member, ...flags }, context) {
    if ((description === undefined || description === "") === (from === undefined)) {
      throw new InvalidInputError({
        message: "Say what is to be made, or name a list with --from.",
        hint: 'For example: duck generate "a route that lists orders"',
      })
    }
    if (from !== undefined && (file !== undefined || name !== undefined))
      throw new InvalidInputError({ message: "With --from, each entry of the list has its own file and name." })
    const places = await placesFor({ member, all: false }, context)
    const { understood } = await import("../engines/generate/generate.ts")
    const entries =
      from === undefined
        ? [{ description: description ?? "", file, framework, name }]
        : entriesOf(from, (await (await workspaceOf(context)).read(from)).text)
    const wishes = places.flatMap(({ path: under, name: of }) =>
      entries.map((entry) => {
        const seen = understood(entry.description)
        const what = places.length > 1 ? `${entry.description} (${of})` : entry.description
        const { file, framework } = entry
        return {
          ...seen,
          ...{ what, under, file, framework, description: entry.description },
          name: entry.name ?? seen.name,
        }
      }),
    )
    return makeAll(wishes, flags, context)
  },
  present: generateBlocks,
  choice: generateChoice,
  exitCode: generateExit,
})
