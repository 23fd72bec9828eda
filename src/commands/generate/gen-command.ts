import { z } from "zod"
import { InvalidInputError } from "../../base/errors.ts"
import type { Kind } from "../../engines/generate/neighbour.ts"
import { defineCommand } from "../command.ts"
import { ModelFlags } from "../engine-run.ts"
import { indexingTimeoutMs } from "../indexed.ts"
import { ChangeFlags } from "../proposal/shapes.ts"
import { makeAll, placesFor } from "./make.ts"
import { GenerateOutput, generateBlocks, generateChoice, generateExit } from "./shapes.ts"

const name = z
  .string()
  .trim()
  .max(100)
  .regex(/^[A-Za-z][\w -]*$/, "a name of letters, digits, spaces, - and _")

/** `duck gen module` and its sisters: the same for each kind of thing. */
export const genCommand = <const K extends Kind>(kind: K, example: string) =>
  defineCommand({
    name: `gen.${kind}` as const,
    summary: `Make a new ${kind} like those that are there`,
    description:
      "In the conventions of its neighbours, with test and registration where they have them; in one member of a workspace or " +
      "in all. With a model it is written, without one it is a scaffold whose bodies say that they are not written.",
    examples: [
      { line: `duck gen ${kind} ${example} --dry-run`, says: "shows what would be written" },
      { line: `duck gen ${kind} ${example} --member api --apply`, says: "in one member of a workspace" },
      { line: `duck gen ${kind} ${example} --all`, says: "in each member, with a summary" },
    ],
    input: z.object({
      name: name.describe("What it is called, in any style"),
      about: z.string().max(20_000).optional().describe("What it is to do, for a model"),
      framework: z.string().max(200).optional().describe("What it is written with"),
      file: z.string().min(1).max(4_096).optional().describe("Where it goes, relative to the project's root"),
      member: z.array(z.string()).default([]).describe("In this member of a workspace, by name or path"),
      all: z.boolean().default(false).describe("In every member of the workspace"),
      check: z.boolean().default(true).describe("Have the types checked in a copy; --no-check leaves it out"),
      ...ModelFlags,
      ...ChangeFlags,
    }),
    output: GenerateOutput,
    positionals: ["name"],
    permission: "write",
    timeoutMs: indexingTimeoutMs,
    async run({ name, about, framework, file, member, all, ...flags }, context) {
      const places = await placesFor({ member, all }, context)
      if (file !== undefined && places.length > 1)
        throw new InvalidInputError({ message: "--file names one place; leave it away for several members." })
      const description = `A ${kind} called ${name}${about === undefined ? "" : `: ${about}`}`
      const wishes = places.map(({ name: of, path: under }) => {
        const what = of === "" ? `${kind} ${name}` : `${kind} ${name} in ${of}`
        return { kind, name, what, under, file, framework, description }
      })
      return makeAll(wishes, flags, context)
    },
    present: generateBlocks,
    choice: generateChoice,
    exitCode: generateExit,
  })
