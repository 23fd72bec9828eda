import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { foldersOnPath } from "../processes/path-folders.ts"
import { openProcesses } from "../processes/processes.ts"
import type { RunEvent } from "../processes/types.ts"
import type { Detected } from "./detect.ts"
import { type RunTestsOptions, runTests, type TestRun } from "./run-tests.ts"
import { type Scratch, scratchCopy } from "./scratch.ts"

/** A copy of the project in which tests are run in the sandbox, without network; gone when it is disposed of. */
export interface TestRoom extends AsyncDisposable, Pick<Scratch, "root" | "write" | "remove"> {
  run(
    detected: Pick<Detected, "framework" | "folder">,
    files: readonly string[],
    options: Pick<RunTestsOptions, "timeoutMs" | "seed" | "wantsCoverage" | "signal">,
  ): Promise<TestRun>
}

export interface RoomOptions {
  readonly root: string
  /** Never to be seen by what runs: RubberDuck's data folder. */
  readonly dataFolder: string
  /** Where it is noted what runs, for the next server. */
  readonly recordFolder: string
  readonly home: string
  readonly audit: (event: RunEvent) => void
  readonly signal: AbortSignal
}

export async function openTestRoom(options: RoomOptions): Promise<TestRoom> {
  const { root, dataFolder, recordFolder, home, audit, signal } = options
  const scratch = await scratchCopy(root, signal)
  const outputFolder = await mkdtemp(join(tmpdir(), "duck-test-runs-"))
  // Homes are emptied for every run: without these, all that a test needs would be compiled for each.
  const caches = await mkdtemp(join(tmpdir(), "duck-test-caches-"))
  const leave = async () => {
    await rm(caches, { recursive: true, force: true, maxRetries: 3 })
    await rm(outputFolder, { recursive: true, force: true })
    await scratch[Symbol.asyncDispose]()
  }
  try {
    const processes = await openProcesses({
      root: scratch.root,
      // Maven's and Gradle's jars lie in the home folder, beside nothing secret.
      policy: {
        hidden: [dataFolder],
        writable: [caches],
        homeReadable: [
          ...scratch.linked,
          ...foldersOnPath(process.env.PATH ?? "", home),
          join(home, ".m2/repository"),
          join(home, ".gradle/caches"),
        ],
      },
      outputFolder,
      recordFolder,
      audit,
    })
    return {
      root: scratch.root,
      write: scratch.write,
      remove: scratch.remove,
      run: (detected, files, how) => runTests(detected, { root: scratch.root, processes, files, caches, ...how }),
      async [Symbol.asyncDispose]() {
        await processes.close()
        await leave()
      },
    }
  } catch (thrown) {
    await leave()
    throw thrown
  }
}
