import { manualClock } from "../../base/clock.ts"
import { passTime } from "../contract/frozen-clock.ts"
import { sharedContract } from "../contract/shared.ts"
import { embeddedShared } from "./shared.ts"

sharedContract("embedded", () => {
  const clock = manualClock()
  const shared = embeddedShared({ clock })
  return { here: shared, there: shared, pass: (ms) => passTime(clock, ms), close: () => shared.close() }
})
