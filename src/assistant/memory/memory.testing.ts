import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { keyFile } from "../../access/keyring.ts"
import { openSecrets } from "../../access/secrets.ts"
import { type ManualClock, manualClock } from "../../base/clock.ts"
import { type Fabric, openFabric } from "../../fabric/embedded/fabric.ts"
import { type Memory, openMemory, type ToRemember, type Writer } from "./memory.ts"
import { sealing } from "./sealing.ts"

export const ada: Writer = { user: "ada", project: "project.a", by: "user" }

export const toRemember = (text: string, more: Partial<ToRemember> = {}): ToRemember => ({
  scope: "project",
  kind: "fact",
  text,
  confidence: 1,
  source: null,
  holds: null,
  ...more,
})

export interface MemoryUnderTest extends AsyncDisposable {
  readonly memory: Memory
  readonly fabric: Fabric
  readonly clock: ManualClock
  readonly folder: string
  /** The same folder, opened anew; with its views dropped before, where it is wanted. */
  reopened(options?: { readonly withoutViews?: boolean }): Promise<MemoryUnderTest>
}

/** Memory on a real log in a temporary folder, at a clock that stands still. */
export async function memoryUnderTest({
  isEncrypting = false,
  folder = mkdtempSync(join(tmpdir(), "duck-memory-")),
  clock = manualClock(),
}: {
  readonly isEncrypting?: boolean
  readonly folder?: string
  readonly clock?: ManualClock
} = {}): Promise<MemoryUnderTest> {
  const fabric = await openFabric({ folder, clock })
  const secrets = openSecrets({ folder, stores: () => [keyFile(folder)] })
  const memory = await openMemory({ fabric, sealing: sealing({ secrets, isEncrypting: () => isEncrypting }), clock })
  let isOpen = true
  const close = async () => {
    if (!isOpen) return
    isOpen = false
    memory.close()
    await fabric.close()
  }
  return {
    memory,
    fabric,
    clock,
    folder,
    async reopened({ withoutViews = false } = {}) {
      await close()
      if (withoutViews) rmSync(join(folder, "views"), { recursive: true })
      return memoryUnderTest({ isEncrypting, folder, clock })
    },
    async [Symbol.asyncDispose]() {
      await close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
