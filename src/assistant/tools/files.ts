import { matchesGlob } from "node:path/posix"
import { z } from "zod"
import { defineTool, type ToolServices, textOutcome } from "./services.ts"
import type { ToolCall } from "./tool.ts"

const mostPaths = 500

export const filesTool = defineTool({
  name: "files",
  description: 'Names the project\'s files whose path fits a glob ("src/**/*.test.ts"). Ignored files are left out.',
  input: z.object({ glob: z.string().min(1).describe("Over paths from the project's root") }),
  effect: "reads",
  recovery: "repeat",
  touches: () => [],
  async run({ glob }, { services: { workspace }, signal }: ToolCall<ToolServices>) {
    const paths: string[] = []
    let more = 0
    for await (const { path } of workspace.walk({ signal })) {
      if (!matchesGlob(path, glob)) continue
      if (paths.length < mostPaths) paths.push(path)
      else more++
    }
    if (paths.length === 0) return textOutcome(`No file fits ${glob}.`)
    return textOutcome([...paths, ...(more > 0 ? [`(and ${more} more)`] : [])].join("\n"))
  },
})
