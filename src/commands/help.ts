import { z } from "zod"
import { NotFoundError } from "../base/errors.ts"
import { didYouMean } from "../base/suggest.ts"
import { defineCommand } from "./command.ts"

export const help = defineCommand({
  name: "help",
  summary: "Explain a command, or list all of them",
  examples: [
    { line: "duck help", says: "all commands" },
    { line: "duck help index rebuild", says: "one command with its options and examples" },
  ],
  input: z.object({ command: z.array(z.string()).default([]).describe("The command, as you would type it") }),
  output: z.object({ commands: z.array(z.looseObject({ name: z.string(), summary: z.string() })) }),
  positionals: ["command"],
  permission: "read",
  runsIn: "client",
  async run({ command }) {
    // When they are asked for: the registry imports this file.
    const [{ registry }, { manifestOf }] = await Promise.all([import("./registry.ts"), import("./manifest.ts")])
    const words = command.flatMap((word) => word.split("."))
    const { commands } = manifestOf(registry)
    const under = commands.filter((one) => words.every((word, index) => one.words[index] === word))
    const exact = under.find((one) => one.words.length === words.length)
    if (under.length > 0) return { commands: (exact ? [exact] : under).map((one) => ({ ...one })) }
    throw new NotFoundError({
      code: "UNKNOWN_COMMAND",
      message: `There is no command \`${words.join(" ")}\`.`,
      hint: didYouMean(words.join("."), Object.keys(registry), (name) => `duck help ${name.replaceAll(".", " ")}`),
    })
  },
  present: ({ commands }) => [
    {
      kind: "table",
      columns: [{ title: "command" }, { title: "" }],
      rows: commands.map(({ name, summary }) => [`duck ${name.replaceAll(".", " ")}`, summary]),
    },
  ],
})
