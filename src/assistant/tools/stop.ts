import { z } from "zod"
import { defineTool, type ToolServices, textOutcome } from "./services.ts"
import type { ToolCall } from "./tool.ts"

export const stopTool = defineTool({
  name: "stop",
  description: "Ends a run that goes on in the background, with everything it started.",
  input: z.object({ id: z.string().min(1) }),
  // It only ends what a permitted run began.
  effect: "reads",
  recovery: "repeat",
  touches: () => [],
  async run({ id }, { services: { processes } }: ToolCall<ToolServices>) {
    const { reason, exitCode } = await processes.stop(id)
    return textOutcome(reason === "exited" ? `It had ended with exit code ${exitCode}.` : "Ended.")
  },
})
