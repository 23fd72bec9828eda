import type { Address } from "./connect.ts"
import { type FetchOptions, fetchPage, type Page, webAddress } from "./fetch-page.ts"
import { type Readable, readableOf } from "./readable.ts"

/** The web as one turn sees it: what was read in it stays as it was read. */
export interface Web {
  page(address: string, how: Pick<FetchOptions, "permit" | "permitAddress" | "signal">): Promise<Page>
  /** A page of HTML as Markdown. */
  readable(page: Page, signal: AbortSignal): Promise<Readable>
}

/** What one turn keeps, in characters. */
const mostKept = 20_000_000

export function openWeb(options: { readonly resolve?: (host: string) => Promise<readonly Address[]> } = {}): Web {
  const pages = new Map<string, Page>()
  const texts = new WeakMap<Page, Readable>()
  let kept = 0
  return {
    async page(address, how) {
      const key = webAddress(address).href
      const known = pages.get(key)
      if (known) return known
      const page = await fetchPage(address, { ...how, ...options })
      // A failure may be over the next time.
      if (page.status < 400 && kept + page.text.length <= mostKept) {
        kept += page.text.length
        pages.set(key, page)
      }
      return page
    },
    async readable(page, signal) {
      const known = texts.get(page) ?? (await readableOf(page.text, page.url, signal))
      texts.set(page, known)
      return known
    },
  }
}
