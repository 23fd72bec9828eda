import { genCommand } from "./generate/gen-command.ts"

export const genRoute = genCommand("route", "orders")
