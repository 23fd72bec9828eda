import { homedir } from "node:os"
import { type Check, type Examination, note, ok } from "./check.ts"

/** How the programs that an agent runs are held here, in words. */
export async function programs({ host, folder }: Examination): Promise<Check[]> {
  const { isolationOf } = await import("../../workspace/processes/protection.ts")
  const home = host.env.HOME || homedir()
  const { protection } = await isolationOf({ root: folder, home, policy: { hidden: [host.folders.data] } })
  const says = protection.what.join("\n")
  if (protection.kind === "bubblewrap") return [ok("programs", `An agent's programs run in bubblewrap.\n${says}`)]
  return [
    note(
      "programs",
      says,
      "Install bubblewrap (Debian, Ubuntu, Fedora, Arch: package bubblewrap) and allow user namespaces.",
    ),
  ]
}
