import { hash } from "node:crypto"
import { z } from "zod"
import type { Finished } from "../../workspace/processes/types.ts"
import { defineTool, type ToolServices, textOutcome } from "./services.ts"
import type { ToolCall } from "./tool.ts"

const longestMs = 30 * 60_000

export const runTool = defineTool({
  name: "run",
  description:
    "Runs a shell command in the project and gives its output and exit code. There is no input and no terminal; what " +
    "must go on (a server, a watcher) is started with `background` and looked at with `output`; it is ended with this turn " +
    "unless `keep` is set. Long output is cut in the middle: `output` reads all of it.",
  input: z.object({
    command: z.string().min(1),
    folder: z.string().default(".").describe("Where it runs, relative to the project's root"),
    timeoutSeconds: z.int().min(1).max(1800).default(120),
    background: z.boolean().default(false),
    keep: z
      .boolean()
      .default(false)
      .describe("Of a background process: it goes on after this turn, until it is stopped"),
  }),
  effect: "executes",
  recovery: "ask",
  touches: ({ command, folder }) => [{ kind: "command", command, cwd: folder }],
  async run(input, { services, signal, progress }: ToolCall<ToolServices>) {
    const { command, folder, timeoutSeconds, background, keep } = input
    const { processes, project, conversation } = services
    if (background) {
      const turn = keep ? undefined : conversation.state.turn?.id
      const { id } = await processes.start(command, { cwd: folder, turn })
      const until = turn === undefined ? "It goes on until it is stopped." : "It is ended with this turn."
      return textOutcome(`Started in the background as ${id}. ${until}`, { details: { run: id, command } })
    }
    const timeoutMs = Math.min(longestMs, timeoutSeconds * 1000)
    const finished = await processes.run(command, { cwd: folder, signal, limits: { timeoutMs }, onOutput: progress })
    // What it proves, it proves of this tree.
    await project.refresh(signal)
    const { tree } = project.index.freshness()
    return textOutcome(told(finished), {
      isError: finished.exitCode !== 0,
      details: {
        run: finished.id,
        command,
        exitCode: finished.exitCode,
        reason: finished.reason,
        durationMs: finished.durationMs,
        protection: finished.protection,
      },
      ledger: [
        {
          kind: "command",
          command,
          exitCode: finished.exitCode,
          outputHash: hash("sha256", finished.output.text, "hex"),
          tree,
        },
      ],
    })
  },
})

function told({ id, output, exitCode, reason, limitsHit }: Finished): string {
  const text = output.isBinary ? `(${output.totalBytes} bytes that are no text)` : output.text
  const ends = {
    exited: `Exit code ${exitCode}.`,
    "timed-out": "It was ended: its time was up. Give it more, or run it in the background.",
    cancelled: "It was cancelled.",
    "output-limit": "It was ended: it printed too much.",
    "cpu-limit": "It was ended: it used up its time on the processors.",
    "turn-ended": "It was ended with its turn.",
    closed: "It was ended: the session is closing.",
  } as const
  const hit = limitsHit.length > 0 ? [`It reached its limit of ${limitsHit.join(" and ")}.`] : []
  const cut =
    output.omittedBytes > 0 ? [`${output.omittedBytes} bytes were left out: read them with output ${id}.`] : []
  return [text.trimEnd(), ...cut, ...hit, ends[reason]].filter((line) => line !== "").join("\n")
}
