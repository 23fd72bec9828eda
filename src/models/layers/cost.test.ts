import { expect, test } from "vitest"
import { ask, end, eventsOf, never, scripted, start } from "../scripted.testing.ts"
import { cost } from "./cost.ts"

const costOf = ({ outputTokens }: { readonly outputTokens: number }) => outputTokens * 2

test("the end says what the call cost, or that nobody knows", async () => {
  const { model } = scripted([start(), end({ outputTokens: 3 })])
  expect((await eventsOf(cost({ costOf })(model)(ask(), never()))).at(-1)).toMatchObject({ costUsd: 6 })
  expect((await eventsOf(cost({ costOf: () => null })(model)(ask(), never()))).at(-1)).toMatchObject({ costUsd: null })
})

test("a cost that is told already stays, unknown or not", async () => {
  for (const costUsd of [1, null]) {
    const { model } = scripted([start(), { ...end({ outputTokens: 3 }), costUsd } as ReturnType<typeof end>])
    expect((await eventsOf(cost({ costOf })(model)(ask(), never()))).at(-1)).toMatchObject({ costUsd })
  }
})
