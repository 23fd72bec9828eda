import { count } from "../../base/text.ts"
import type { OutputOf } from "../sdk/types.ts"
import type { Talk } from "./talk.ts"

/** What to tell whoever begins to talk in a project that wants to run or allow things; undefined: all is as they trust it. */
export async function trustNotice(link: Pick<Talk, "run">): Promise<string | undefined> {
  const { output } = await link.run("trust", { dryRun: true })
  const { files, isTrusted } = output as OutputOf<"trust">
  const waiting = files.filter(({ state }) => state !== "trusted")
  if (isTrusted || waiting.length === 0) return undefined
  return `${count(waiting.length, "file")} of this project would run or allow things, and waits for your trust: /trust shows them.`
}
