import { homedir } from "node:os"
import { z } from "zod"
import { truncate } from "../base/text.ts"
import { defineCommand } from "./command.ts"
import { type Block, literal } from "./document.ts"

const Row = z.object({ name: z.string(), description: z.string() })
const Found = Row.extend({ from: z.enum(["project", "home"]) })

export const skillsList = defineCommand({
  name: "skills.list",
  summary: "List the skills, agents and slash commands that hold in this project",
  description: "They are read from .agents and .claude of the project and of your home folder.",
  examples: [{ line: "duck skills list", says: "what is there, and what it is for" }],
  input: z.object({}),
  output: z.object({
    skills: z.array(Found.extend({ folder: z.string() })),
    agents: z.array(Row.extend({ tools: z.array(z.string()).nullable(), mode: z.string().nullable() })),
    commands: z.array(Found.extend({ argumentHint: z.string() })),
  }),
  permission: "read",
  async run(_input, { project, host, logger }) {
    const { catalogueOf } = await import("../assistant/skills/catalogue.ts")
    const { root } = await project()
    const { skills, agents, commands } = await catalogueOf({ root, home: host.env.HOME || homedir(), logger })
    return {
      skills: [...skills.values()].map(({ name, description, from, folder }) => ({ name, description, from, folder })),
      agents: [...agents.values()].map(({ name, description, tools, mode }) => ({
        name,
        description,
        tools: tools ? [...tools] : null,
        mode: mode ?? null,
      })),
      commands: [...commands.values()].map(({ template: _template, ...row }) => row),
    }
  },
  present: ({ skills, agents, commands }) => [
    ...listed("Skills", skills),
    ...listed("Agents", agents),
    ...listed(
      "Slash commands",
      commands.map(({ name, argumentHint, description }) => ({ name: `/${name} ${argumentHint}`.trim(), description })),
    ),
  ],
})

function listed(title: string, rows: readonly z.infer<typeof Row>[]): Block[] {
  if (rows.length === 0) return []
  return [
    {
      kind: "table",
      columns: [{ title }, { title: "" }],
      rows: rows.map(({ name, description }) => [literal(name), literal(truncate(description, 200))]),
    },
  ]
}
