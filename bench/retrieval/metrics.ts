/** One question with the documents that answer it. */
export interface Case {
  readonly query: string
  readonly relevant: ReadonlySet<string>
}

export interface Scores {
  /** Share of a case's relevant documents among the first 1, 5 and 10, averaged over the cases. */
  readonly recall1: number
  readonly recall5: number
  readonly recall10: number
  /** Mean of 1 / rank of the first relevant document; 0 where it is not among the first 100. */
  readonly mrr: number
}

/** How many documents a ranker is asked for. */
export const depth = 100

/** Ranks documents for a query, best first, as ids without repeats. */
export type Ranker = (query: string) => Promise<readonly string[]> | readonly string[]

export async function evaluate(cases: readonly Case[], rank: Ranker): Promise<Scores> {
  let [recall1, recall5, recall10, mrr] = [0, 0, 0, 0]
  for (const { query, relevant } of cases) {
    const ranked = (await rank(query)).slice(0, depth)
    const within = (k: number) => ranked.slice(0, k).filter((id) => relevant.has(id)).length / relevant.size
    const first = ranked.findIndex((id) => relevant.has(id))
    recall1 += within(1)
    recall5 += within(5)
    recall10 += within(10)
    mrr += first < 0 ? 0 : 1 / (first + 1)
  }
  const n = Math.max(1, cases.length)
  return { recall1: recall1 / n, recall5: recall5 / n, recall10: recall10 / n, mrr: mrr / n }
}
