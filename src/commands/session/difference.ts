import { z } from "zod"
import type { Block } from "../document.ts"
import { literal } from "../document.ts"

/** The first event in which two runs differ; null where one of them is over. */
export const DifferenceShape = z.object({ at: z.int(), a: z.json(), b: z.json() })

const shown = (event: z.infer<typeof DifferenceShape>["a"]) =>
  event === null ? "(it is over)" : JSON.stringify(event, null, 2)

export const differenceBlocks = ({ at, a, b }: z.infer<typeof DifferenceShape>): Block[] => [
  { kind: "paragraph", text: `They differ from event ${at} on.`, tone: "warning" },
  { kind: "paragraph", text: `First: ${literal(shown(a))}` },
  { kind: "paragraph", text: `Then: ${literal(shown(b))}` },
]
