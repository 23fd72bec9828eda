import type { Settings } from "../../access/settings.ts"
import type { ConfiguredProvider } from "./configured.ts"
import { openSite, type Site, type SiteOptions, siteStamp } from "./site.ts"

/** The opened providers, by name. */
export interface Sites {
  /** Opens what is new or has changed, keeps what has not, and lets go of the rest when its calls are over. */
  follow(providers: readonly ConfiguredProvider[], settings: Settings): ReadonlyMap<string, Site>
  close(): Promise<void>
}

/** A call that was made before the settings changed may still wait for its turn so long. */
const lastCallsMs = 120_000

export function sites(deps: Pick<SiteOptions, "states" | "measures" | "onRest" | "clock" | "random">): Sites {
  let open = new Map<string, Site>()
  const leaving = new Set<Site>()
  const closing = new AbortController()

  const letGo = async (site: Site) => {
    leaving.add(site)
    await deps.clock.sleep(lastCallsMs, closing.signal)
    leaving.delete(site)
    site.retire()
  }

  return {
    follow(providers, settings) {
      const before = open
      open = new Map(
        providers.map((configured) => {
          const kept = before.get(configured.name)
          const stays = kept?.stamp === siteStamp({ configured, settings })
          return [configured.name, stays ? kept : openSite({ configured, settings, ...deps })]
        }),
      )
      // Where it is closed before, all are.
      for (const [name, site] of before) if (open.get(name) !== site) letGo(site).catch(() => {})
      return open
    },
    async close() {
      closing.abort()
      const all = [...open.values(), ...leaving]
      open = new Map()
      await Promise.all(all.map((site) => site.close()))
    },
  }
}
