import { parentPort, workerData } from "node:worker_threads"
import { z } from "zod"
import { markdownOf } from "./markdown.ts"

const { html, address } = z.object({ html: z.string(), address: z.string() }).parse(workerData)
parentPort?.postMessage(markdownOf(html, address))
