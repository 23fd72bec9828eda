import { z } from "zod"
import { defineTool, type ToolServices, textOutcome } from "./services.ts"
import type { ToolCall } from "./tool.ts"

export const outputTool = defineTool({
  name: "output",
  description:
    "Reads what a run printed, from a byte on; without an id it lists the runs. Takes the ids that `run` gave, of those " +
    "in the background too.",
  input: z.object({
    id: z.string().optional(),
    offset: z.int().min(0).default(0).describe("The byte to read from; the answer says where to go on"),
  }),
  effect: "reads",
  recovery: "repeat",
  touches: () => [],
  async run({ id, offset }, { services: { processes } }: ToolCall<ToolServices>) {
    if (id === undefined) {
      const runs = processes.list()
      if (runs.length === 0) return textOutcome("Nothing was run.")
      const lines = runs.map(({ id: run, command, ended, outputBytes }) => {
        const state = ended === undefined ? "running" : `${ended.reason}, exit code ${ended.exitCode}`
        return `${run}\t${state}\t${outputBytes} bytes\t${command}`
      })
      return textOutcome(lines.join("\n"))
    }
    const page = await processes.page(id, { offset })
    const more = page.nextOffset < page.totalBytes ? [`(more from byte ${page.nextOffset})`] : []
    const states = {
      running: [`(it still runs; later output from byte ${page.nextOffset})`],
      ended: [],
      lost: ["(it was ended, if not before, with the server that ran it, and runs no more)"],
    } as const
    return textOutcome([page.text, ...more, ...states[page.state]].join("\n"))
  },
})
