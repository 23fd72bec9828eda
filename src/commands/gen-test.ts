import { genCommand } from "./generate/gen-command.ts"

export const genTest = genCommand("test", "basket")
