import { z } from "zod"
import { InvalidInputError } from "../base/errors.ts"
import { withCheckpoints } from "./checkpoint-project.ts"
import { CheckpointRow, checkpointRowOf, spokenCheckpoint } from "./checkpoint-shapes.ts"
import { defineCommand } from "./command.ts"

export const checkpointTag = defineCommand({
  name: "checkpoint.tag",
  summary: "Give a checkpoint a name of its own, by which it is kept",
  examples: [
    { line: "duck checkpoint tag 12 release", says: "it is then found as release, and never pruned" },
    { line: "duck checkpoint tag 12 --remove", says: "the tag is taken off" },
  ],
  input: z.object({
    name: z.string().describe("Number, id or tag of a checkpoint, or last"),
    tag: z
      .string()
      .regex(/^(?!last$)(?=.*[^0-9])[^\s/]{1,100}$/, "takes a word that is no number and not last")
      .optional()
      .describe("The tag"),
    remove: z.boolean().default(false).describe("Take its tag off"),
    dryRun: z.boolean().default(false).describe("Show the checkpoint, and leave it"),
  }),
  output: z.object({ checkpoint: CheckpointRow, isDryRun: z.boolean() }),
  positionals: ["name", "tag"],
  permission: "write",
  run: ({ name, tag, remove, dryRun }, context) =>
    withCheckpoints(context, async (checkpoints) => {
      if (remove === (tag !== undefined))
        throw new InvalidInputError({
          message: remove ? "A tag and --remove don't go together." : "Give a tag, or --remove.",
        })
      const by = { actor: context.actor.id }
      const made = dryRun ? checkpoints.find(name) : await checkpoints.tag(name, tag ?? null, by)
      return { checkpoint: checkpointRowOf(made), isDryRun: dryRun }
    }),
  present: ({ checkpoint, isDryRun }) => [
    { kind: "paragraph", text: `${isDryRun ? "Would tag" : "Checkpoint"} ${spokenCheckpoint(checkpoint)}.` },
  ],
})
