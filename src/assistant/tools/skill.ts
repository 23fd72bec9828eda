import { z } from "zod"
import { defineTool, type ToolServices, textOutcome } from "./services.ts"
import type { ToolCall } from "./tool.ts"

export const skillTool = defineTool({
  name: "skill",
  description:
    "Reads a skill: how certain work is done here, in the words of the user or the project. The system prompt lists them.",
  input: z.object({ name: z.string().min(1) }),
  effect: "reads",
  recovery: "repeat",
  touches: () => [],
  async run({ name }, { services: { skills } }: ToolCall<ToolServices>) {
    const skill = skills.get(name)
    if (skill) return textOutcome(`${skill.body}\n\n(Its files are in ${skill.folder}.)`)
    const names = [...skills.keys()]
    const there = names.length === 0 ? "There are none here." : `There are: ${names.join(", ")}.`
    return textOutcome(`There is no skill ${name}. ${there}`, { isError: true })
  },
})
