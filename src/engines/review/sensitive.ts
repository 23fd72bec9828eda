import { type ChangedFile, linesOf } from "./change-set.ts"

/** What makes a file one to look at twice: by its path, or by what the changed lines name. */
const kinds: readonly { readonly name: string; readonly path: RegExp; readonly line?: RegExp }[] = [
  {
    name: "security",
    path: /(?:^|[/_.-])(?:auth\w*|security|crypto\w*|secrets?|permissions?|passwords?|sessions?|tokens?|acl|cors|csrf|sandbox|login|oauth\w*|jwt)(?=[/_.-]|$)/i,
    line: /\b(?:password|passwd|createHash|createCipher\w*|jwt|bcrypt|verify\w*Token|setuid|chmod|eval|exec(?:Sync|File)?|dangerouslySetInnerHTML|rejectUnauthorized)\b/,
  },
  {
    name: "concurrency",
    path: /(?:^|[/_.-])(?:locks?|mutex|semaphores?|queues?|workers?|threads?|scheduler|leases?|atomic\w*)(?=[/_.-]|$)/i,
    line: /\b(?:Mutex|RwLock|Semaphore|synchronized|Atomics?|AtomicU?\w+|SharedArrayBuffer|goroutine|sync\.(?:Mutex|WaitGroup|Once)|threading|asyncio\.(?:Lock|gather)|Promise\.(?:race|all)|volatile|worker_threads)\b|\bgo func\b|\bselect \{/,
  },
  {
    name: "migration",
    path: /(?:^|\/)(?:migrations?|migrate|alembic|flyway|liquibase|schema)(?:\/|\.|_)|\.sql$|(?:^|\/)schema\.prisma$/i,
    line: /\b(?:ALTER|DROP|CREATE|TRUNCATE)\s+(?:TABLE|COLUMN|INDEX|DATABASE)\b/i,
  },
  {
    name: "dependencies",
    path: /(?:^|\/)(?:package(?:-lock)?\.json|pnpm-lock\.yaml|yarn\.lock|Cargo\.(?:toml|lock)|go\.(?:mod|sum)|pom\.xml|build\.gradle(?:\.kts)?|requirements[^/]*\.txt|pyproject\.toml|poetry\.lock|uv\.lock|Gemfile(?:\.lock)?|composer\.(?:json|lock)|mix\.(?:exs|lock))$/,
  },
  {
    name: "build",
    path: /(?:^|\/)(?:Dockerfile[^/]*|docker-compose[^/]*|Makefile|Jenkinsfile|\.gitlab-ci\.yml|tsconfig[^/]*\.json|\.github\/workflows\/[^/]+)$|\.(?:tf|hcl)$/,
  },
]

export function sensitiveIn({ path, oldPath, before, after, added, removed }: ChangedFile): string[] {
  const changed = [
    ...added.flatMap(({ startLine, endLine }) => linesOf(after ?? "").slice(startLine - 1, endLine)),
    ...removed.flatMap(({ startLine, endLine }) => linesOf(before ?? "").slice(startLine - 1, endLine)),
  ].join("\n")
  const isDocument = /\.(?:md|txt|rst|adoc)$/i.test(path)
  return kinds
    .filter((kind) => kind.path.test(path) || kind.path.test(oldPath) || (!isDocument && kind.line?.test(changed)))
    .map(({ name }) => name)
}
