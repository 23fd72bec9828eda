import { genCommand } from "./generate/gen-command.ts"

export const genModule = genCommand("module", "price-list")
