import { homedir } from "node:os"
import { z } from "zod"
import { NotFoundError } from "../base/errors.ts"
import { didYouMean } from "../base/suggest.ts"
import { defineCommand } from "./command.ts"

export const skillsExpand = defineCommand({
  name: "skills.expand",
  summary: "Print the prompt that a slash command or skill of yours stands for",
  description:
    "`duck chat` says it for you when you type `/name words`. $ARGUMENTS in the file is all the words, $1 to $9 are single " +
    "ones; words that the file has no place for stand below it.",
  examples: [{ line: "duck skills expand review src/main.ts", says: "as /review src/main.ts would say it" }],
  input: z.object({
    name: z.string().trim().min(1).max(200).describe("Of the command or skill, without the slash"),
    words: z.string().max(100_000).default("").describe("What stands after it"),
  }),
  output: z.object({ name: z.string(), text: z.string() }),
  positionals: ["name", "words"],
  takesRest: true,
  permission: "read",
  async run({ name, words }, { project, host, logger }) {
    const [{ catalogueOf }, { expandSlash }] = await Promise.all([
      import("../assistant/skills/catalogue.ts"),
      import("../assistant/skills/slash.ts"),
    ])
    const { root } = await project()
    const catalogue = await catalogueOf({ root, home: host.env.HOME || homedir(), logger })
    const text = expandSlash(catalogue, name, words)
    if (text !== undefined) return { name, text }
    const known = [...catalogue.commands.keys(), ...catalogue.skills.keys()]
    throw new NotFoundError({
      code: "NO_SLASH_COMMAND",
      message: `There is no slash command or skill called ${JSON.stringify(name)}.`,
      hint: didYouMean(name, known, (one) => `/${one}`) ?? "`duck skills list` shows those that there are.",
    })
  },
  print: ({ text }) => `${text.trimEnd()}\n`,
})
