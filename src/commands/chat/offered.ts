import { type ManifestCommand, manifestOf } from "../manifest.ts"

/** What a line in a conversation can mean: commands that the server runs and answers. */
export async function offeredCommands(): Promise<readonly ManifestCommand[]> {
  const { registry } = await import("../registry.ts")
  return manifestOf(registry).commands.filter(({ runsIn, tells }) => runsIn === "server" && tells !== "conversation")
}
