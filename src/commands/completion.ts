import { z } from "zod"
import { onlyAtTerminal } from "./at-terminal.ts"
import { defineCommand } from "./command.ts"

export const completion = defineCommand({
  name: "completion",
  summary: "Print a completion script for your shell",
  examples: [
    { line: "source <(duck completion bash)", says: "completion in this bash; put the line into ~/.bashrc to keep it" },
    { line: "duck completion fish > ~/.config/fish/completions/duck.fish", says: "completion in fish, for good" },
  ],
  input: z.object({ shell: z.enum(["bash", "zsh", "fish"]).describe("The shell to complete in") }),
  output: z.object({}),
  positionals: ["shell"],
  permission: "read",
  runsIn: "client",
  async run() {
    throw onlyAtTerminal("duck completion")
  },
})
