import { type OutputOptions, rolldown } from "rolldown"
import configuration from "../rolldown.config.ts"

// Not `rolldown -c`: it lists every file it writes, and `npm ci` builds too.
await Promise.all(
  configuration.map(async ({ output, ...input }) => {
    const build = await rolldown(input)
    for (const each of [output ?? []].flat() as OutputOptions[]) await build.write(each)
    await build.close()
  }),
)
