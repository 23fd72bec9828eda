import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { LLMock } from "@copilotkit/aimock"
import { onTestFinished } from "vitest"
import { configReader } from "../../access/config-reader.ts"
import { secretsAt } from "../../access/secrets-at.ts"
import { type Clock, systemClock } from "../../base/clock.ts"
import { foldersOf } from "../../base/folders.ts"
import { openFabric } from "../../fabric/embedded/fabric.ts"
import { silentLogger } from "../../observe/log.ts"
import { openUsage } from "../usage/open-usage.ts"
import { openModels } from "./open-models.ts"

/** A scripted provider that speaks every vendor's wire format, gone with the test. */
export async function scripted(set: (mock: LLMock) => unknown = () => {}): Promise<LLMock> {
  const mock = new LLMock({ port: 0 })
  set(mock)
  await mock.start()
  onTestFinished(() => mock.stop())
  return mock
}

/** The model layer of a data folder of its own, with real settings files, secrets and log. */
export async function modelsWith({
  settings = {},
  env = {},
  clock = systemClock,
}: {
  settings?: object
  env?: NodeJS.ProcessEnv
  clock?: Clock
} = {}) {
  const home = mkdtempSync(join(tmpdir(), "duck-models-"))
  const folders = foldersOf({ DUCK_HOME: home })
  const set = (values: object) => {
    const path = join(folders.config, "config.json")
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, JSON.stringify({ llm: values }))
  }
  set(settings)
  const config = configReader({ folders, env })
  const fabric = await openFabric({ folder: folders.data, logger: silentLogger })
  const secrets = secretsAt({ folders, config, env })
  const usage = await openUsage({ fabric, folder: join(folders.data, "usage"), clock, logger: silentLogger })
  const models = openModels({ config, secrets, env, usage, clock, logger: silentLogger, random: Math.random })
  onTestFinished(async () => {
    await models.close()
    await fabric.close()
    rmSync(home, { recursive: true, force: true })
  })
  return { models, secrets, set, home }
}
